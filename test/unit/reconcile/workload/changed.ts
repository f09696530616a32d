/** A workload whose Secret has changed after it started. */
import { ms } from '../../../../src/base/time/clock.ts';
import { contentOf, type Deployed, target, WorkloadWorld } from './workload-world.ts';

export const FREE = { limits: { minInterval: ms(0) } };
export const HOUR = 3_600_000;

/** A Deployment that has read the first content of the Secret `db`, an hour before the second is written. */
export async function changed(
  deployed: Deployed = { secrets: ['db'] },
  restart: object = target('app'),
  options: object = FREE,
): Promise<WorkloadWorld> {
  const world = new WorkloadWorld(options);
  world.want('db', restart);
  world.write('db', { a: '1', b: '1' });
  world.deploy('app', deployed);
  await world.settle('app');
  await world.clock.advance(HOUR);
  world.write('db', { a: '2', b: '1' });
  return world;
}

/** The same, later than kubelet may serve the former value, and while no pod can be young enough. */
export async function due(...args: Parameters<typeof changed>): Promise<WorkloadWorld> {
  const world = await changed(...args);
  await world.clock.advance(3_000);
  return world;
}

export const newContent = contentOf({ a: '2', b: '1' });
