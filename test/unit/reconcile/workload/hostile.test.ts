// What one tenant can do to the restarts of others: only others are looked at.
import { expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { consumerTypes } from '../../../../src/restart/consumer/consumer-types.ts';
import { target, TEAM, WorkloadWorld } from './workload-world.ts';

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

it('workloads that are created and deleted in a loop leave room in the ledger', async () => {
  using world = new WorkloadWorld({ limits: { minInterval: ms(0) }, ledger: { shards: 1, bytesPerShard: 4_000 } });
  for (let round = 0; round < 20; round += 1) {
    const name = `app-${round}`;
    await changed(world, name, 3_000);
    await world.settle(name);
    expect(world.patches).toHaveLength(round + 1);
    world.api.remove(consumerTypes.Deployment, TEAM, name);
    await world.round(name);
  }
});

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
