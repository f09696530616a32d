// What a round can know only later: from the live workload, or from pods that begin to crash after the deadline.
import { expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { marker, target, TEAM, WorkloadWorld } from './workload-world.ts';

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

it('a workload is not restarted a fourth time if only the live one shows the third removal of its marker', async () => {
  using world = await due();
  const remove = (): void =>
    world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { annotations: { [marker('db')]: null } } } } });
  for (let count = 0; count < 2; count += 1) {
    await world.settle('app');
    remove();
    await world.clock.advance(2_000);
  }
  world.sync();
  const stale = [...world.restarting.store('Deployment').list()];
  await world.settle('app');
  remove();
  expect(world.patches).toHaveLength(3);
  world.restart();
  world.sync();
  world.restarting.store('Deployment').replace(stale);
  await world.restarting.reconcile('app');
  await world.restarting.reconcile('app');
  expect(world.patches).toHaveLength(3);
});

it('a failed rollout is looked at again while no pod says why', async () => {
  using world = await due({ ...target('app'), timeout: '5s' });
  await world.settle('app');
  await world.clock.advance(6_000);
  const result = await world.settle('app');
  expect(world.member('db')).toMatchObject({ phase: 'Failed', reason: 'RolloutTimeout' });
  expect(result).toEqual({ kind: 'requeue', after: 15_000 });
});
