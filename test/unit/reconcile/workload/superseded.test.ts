// Whose rollout it is: ours, that of another leader, or that of somebody who has changed the template meanwhile.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { TEAM, WorkloadWorld } from './workload-world.ts';

const APP = { kind: 'Deployment', namespace: TEAM, name: 'app' } as const;

/** A Deployment that our restart rolls. */
async function rolling(): Promise<WorkloadWorld> {
  const world = new WorkloadWorld();
  world.want('db', { mode: 'Discover' });
  world.write('db', { a: '1' });
  world.deploy('app', { secrets: ['db'] });
  await world.settle('app');
  await world.clock.advance(60_000);
  world.write('db', { a: '2' });
  await world.clock.advance(2_000);
  await world.settle('app');
  return world;
}

function deploy(world: WorkloadWorld, image: string): void {
  const containers = [{ name: 'main', image, envFrom: [{ secretRef: { name: 'db' } }] }];
  world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { spec: { containers } } } });
}

describe('a rollout of ours', () => {
  it('is superseded by another change of the template: neither a failure nor a place, however long it takes', async () => {
    using world = await rolling();
    expect(world.member('db').phase).toBe('Rolling');
    world.model.broken.add('Deployment/team/app');
    deploy(world, 'app:2');
    world.model.step(APP);
    await world.clock.advance(3_600_000);
    await world.settle('app');
    expect(world.member('db')).toMatchObject({ phase: 'Current', reason: 'Superseded' });
    expect(world.restarting.engine.admission.inFlight).toBe(0);
  });

  it('and that change together are healthy when all pods are', async () => {
    using world = await rolling();
    deploy(world, 'app:2');
    world.roll('app');
    await world.settle('app');
    expect(world.member('db').phase).toBe('Healthy');
  });

  it('is not failed by a later change of the template, though its own deadline is over', async () => {
    using world = await rolling();
    world.roll('app');
    await world.settle('app');
    await world.clock.advance(24 * 3_600_000);
    deploy(world, 'app:2');
    world.model.step(APP);
    await world.settle('app');
    expect(world.member('db')).toMatchObject({ phase: 'Current', reason: 'Superseded' });
  });
});
