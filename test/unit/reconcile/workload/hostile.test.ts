// What one tenant can do to the restarts of others: only others are looked at.
import { expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { target, WorkloadWorld } from './workload-world.ts';

const HOUR = 3_600_000;

/** A Deployment whose pods have not read the content of its Secret, changed so many milliseconds ago. */
async function changed(world: WorkloadWorld, name: string, age: number): Promise<void> {
  world.want(name, target(name));
  world.write(name, { a: '1' });
  world.deploy(name, { secrets: [name] });
  await world.clock.advance(HOUR);
  world.write(name, { a: '2' });
  await world.clock.advance(age);
}

it('a workload whose pods must be asked does not hold back others after a start', async () => {
  using world = new WorkloadWorld({ limits: { minInterval: ms(0) } });
  await changed(world, 'unknown', HOUR);
  await changed(world, 'mine', 3_000);
  world.restart();
  world.sync();
  await world.restarting.reconcile('mine');
  expect(world.patches).toEqual([]);
  // Its pods are not known yet.
  world.restarting.podsAreKnown = false;
  await world.restarting.reconcile('unknown');
  await world.restarting.reconcile('mine');
  expect(world.patches).toEqual(['Deployment mine']);
});
