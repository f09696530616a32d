// Thousands of ExternalSecrets that concern one workload hold up no other work.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { keyOf } from '../../../../src/base/key.ts';
import type { WorkloadContext } from '../../../../src/reconcile/workload/context.ts';
import { reconcileWorkload } from '../../../../src/reconcile/workload/reconcile.ts';
import { MAX_SELECTING } from '../../../../src/restart/demand/followed-specs.ts';
import { groupOf, setting, TEAM, WorkloadWorld } from './workload-world.ts';

const selecting = { targets: [{ kind: 'Deployment', selector: { matchLabels: { app: 'x' } } }] };

function worldWith(count: number, spec: object = {}): WorkloadWorld {
  const world = new WorkloadWorld({ limits: { minInterval: ms(0) } });
  for (let index = 0; index < count; index += 1) world.want(`s${index}`, selecting, { target: { name: 'db' }, ...spec });
  world.write('db', { a: '1' }, 's0');
  world.deploy('app', { labels: { app: 'x' } });
  return world;
}

/** One round. Returns how often it let other work go on. */
async function pauses(world: WorkloadWorld): Promise<number> {
  let count = 0;
  const checkpoint = async (): Promise<void> => void (count += 1);
  const slices: WorkloadContext['slices'] = { worker: () => ({ isUsedUp: true, checkpoint }) };
  world.sync();
  const { signal } = new AbortController();
  await world.restarting.engine.ready(signal);
  await reconcileWorkload(keyOf(TEAM, 'app'), { ...world.restarting.context(), slices }, signal);
  return count;
}

describe('many policies for one workload', () => {
  it('are read and declared in slices', async () => {
    using world = worldWith(30);
    expect(await pauses(world)).toBe(30 + 30);
  });

  it('are read in slices also if they do not work', async () => {
    using world = worldWith(30, { suspend: true });
    expect(await pauses(world)).toBe(30);
    expect(world.restarting.engine.view(groupOf('s0'))).toBeUndefined();
  });

  it('are bounded, and the workload says so', async () => {
    using world = worldWith(MAX_SELECTING + 3);
    await world.settle('app');
    const declared = Array.from({ length: MAX_SELECTING + 3 }, (_, index) => world.members(`s${index}`).length);
    expect(declared.reduce((sum, each) => sum + each, 0)).toBe(MAX_SELECTING);
    expect(world.restarting.events[0]).toMatchObject({
      regarding: { kind: 'Deployment' },
      type: 'Warning',
      reason: 'TooManyReferences',
      note: expect.stringContaining('3 ExternalSecrets'),
    });
  });
});

describe('a group that its workloads ask for', () => {
  it('does not end with its last member while the round of another one has declared it', async () => {
    using world = new WorkloadWorld({ limits: { minInterval: ms(0) } });
    const secrets = ['db', 'api'];
    for (const secret of secrets) {
      world.want(secret, {});
      world.write(secret, { a: '1' });
    }
    for (const name of ['leaves', 'joins']) world.deploy(name, { secrets, annotations: { [setting('restart')]: 'true' } });
    world.sync();
    await world.restarting.engine.ready(new AbortController().signal);
    let count = 0;
    const checkpoint = async (): Promise<void> => {
      count += 1;
      // One for each ExternalSecret, and then one for each member of a group.
      if (count !== 3) return;
      await world.round('leaves');
      world.api.edit(builtin.deployment, TEAM, 'leaves', { metadata: { annotations: { [setting('restart')]: 'false' } } });
      world.api.edit(builtin.deployment, TEAM, 'leaves', { spec: { template: { spec: { containers: [] } } } });
      await world.round('leaves');
    };
    const slices: WorkloadContext['slices'] = { worker: () => ({ isUsedUp: true, checkpoint }) };
    await reconcileWorkload(keyOf(TEAM, 'joins'), { ...world.restarting.context(), slices }, new AbortController().signal);
    const members = secrets.map((secret) =>
      world.restarting.engine.view(`Secret/${TEAM}/${secret}`)?.members.map(({ consumer }) => consumer),
    );
    expect(members).toEqual([[`Deployment/${TEAM}/joins`], [`Deployment/${TEAM}/joins`]]);
  });
});
