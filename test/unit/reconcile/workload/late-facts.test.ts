// What a round can know only later: pods may begin to crash after the deadline.
import { expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { target, WorkloadWorld } from './workload-world.ts';

/** A Deployment that is due for the second content of the Secret `db`. */
async function due(restart: object = target('app')): Promise<WorkloadWorld> {
  const world = new WorkloadWorld({ limits: { minInterval: ms(0) } });
  world.want('db', restart);
  world.write('db', { a: '1' });
  world.deploy('app', { secrets: ['db'] });
  await world.settle('app');
  await world.clock.advance(3_600_000);
  world.write('db', { a: '2' });
  await world.clock.advance(3_000);
  return world;
}

it('a failed rollout is looked at again while no pod says why', async () => {
  using world = await due({ ...target('app'), timeout: '5s' });
  await world.settle('app');
  await world.clock.advance(6_000);
  const result = await world.settle('app');
  expect(world.member('db')).toMatchObject({ phase: 'Failed', reason: 'RolloutTimeout' });
  expect(result).toEqual({ kind: 'requeue', after: 15_000 });
});
