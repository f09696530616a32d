// Conflicts, refused patches, processes that die, and clients that take restarts back.
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { Crash } from '../../../support/fakes/memory-api.ts';
import { due, newContent } from './changed.ts';
import { marker, TEAM, type WorkloadWorld } from './workload-world.ts';

describe('conflicts', () => {
  /** Another client changes the pod template before each patch, twice: as much as a patch and its removal. */
  function contended(world: WorkloadWorld, times: number): void {
    let [left, count] = [times, 0];
    world.api.fault = ({ verb, kind }) => {
      if (verb !== 'patch' || kind !== 'Deployment' || (left -= 1) < 0) return undefined;
      for (let edit = 0; edit < 2; edit += 1) {
        const labels = { edit: String((count += 1)) };
        world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { labels } } } });
      }
      return undefined;
    };
  }

  it('are neither a failure nor a removal of the marker', async () => {
    using world = await due();
    contended(world, 11);
    for (let count = 0; count < 2; count += 1) {
      expect(await world.round('app')).toMatchObject({ kind: 'retry' });
      expect(world.member('db').reason).not.toBe('RestartReverted');
    }
    await world.settle('app');
    expect([world.patches.length, world.template('app')[marker('db')]]).toEqual([1, `2.${newContent}`]);
    const uid = world.api.find(builtin.deployment, TEAM, 'app')?.metadata.uid ?? '';
    expect(world.restarting.ledger.workload(uid)?.removals).toEqual({});
    expect(world.restarting.counted).toEqual(['Deployment restarted Secret']);
  });

  it('cost no interval between restarts', async () => {
    using world = await due(undefined, undefined, {});
    await world.clock.advance(60_000);
    contended(world, 4);
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
  });
});

describe('a refused patch', () => {
  it('is told with its reason, takes no place, and is tried again', async () => {
    using world = await due();
    world.api.fault = ({ verb, kind }) => (verb === 'patch' && kind === 'Deployment' ? 'forbidden' : undefined);
    expect(await world.round('app')).toMatchObject({ kind: 'retry' });
    expect(await world.round('app')).toMatchObject({ kind: 'retry' });
    expect(world.member('db')).toMatchObject({ phase: 'Failed', reason: 'RestartFailed' });
    expect(world.restarting.engine.admission.inFlight).toBe(0);
    expect(new Set(world.restarting.counted)).toEqual(new Set(['Deployment failed Secret']));
    expect(world.restarting.events[0]).toMatchObject({ type: 'Warning', reason: 'RestartFailed', note: expect.stringContaining('"app"') });
    world.api.fault = () => undefined;
    await world.settle('app');
    expect([world.patches.length, world.member('db').phase]).toEqual([1, 'Rolling']);
  });

  it.each(['too-large', 'invalid', 'namespace-terminating'] as const)('is tried again after each failure: %s', async (fault) => {
    using world = await due();
    world.api.fault = ({ verb, kind }) => (kind === 'ConfigMap' && verb !== 'get' ? fault : undefined);
    expect(await world.round('app')).toMatchObject({ kind: 'retry' });
    await world.clock.advance(60_000);
    world.api.fault = ({ verb, kind }) => (verb === 'list' && kind === 'Pod' ? fault : undefined);
    expect(await world.settle('app')).toMatchObject({ kind: 'retry' });
    expect(world.patches).toEqual([]);
  });

  it('is forgotten when the workload is current: the next restart has not failed before it was tried', async () => {
    using world = await due();
    world.api.fault = ({ verb, kind }) => (verb === 'patch' && kind === 'Deployment' ? 'forbidden' : undefined);
    await world.round('app');
    await world.round('app');
    expect(world.member('db').phase).toBe('Failed');
    world.api.fault = () => undefined;
    await world.clock.advance(60_000);
    world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { labels: { image: 'new' } } } } });
    world.roll('app');
    await world.clock.advance(60_000);
    await world.settle('app');
    expect(world.member('db').phase).toBe('Current');
    world.write('db', { a: '3', b: '1' });
    await world.round('app');
    expect(world.member('db')).toMatchObject({ phase: 'Pending', reason: 'Settling' });
  });

  it('does not count as a restart for the least time between two', async () => {
    using world = await due(undefined, undefined, {});
    world.api.fault = ({ verb, kind }) => (verb === 'patch' && kind === 'Deployment' ? 'forbidden' : undefined);
    await world.round('app');
    await world.round('app');
    expect(world.member('db')).toMatchObject({ phase: 'Failed', reason: 'RestartFailed' });
    world.api.fault = () => undefined;
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
  });

  it('is the same for an entry of the ledger that cannot be written: nothing is patched without it', async () => {
    using world = await due();
    world.api.fault = ({ verb, kind }) => (kind === 'ConfigMap' && verb !== 'get' ? 'forbidden' : undefined);
    expect(await world.round('app')).toMatchObject({ kind: 'retry' });
    expect(world.patches).toEqual([]);
    world.api.fault = () => undefined;
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
  });
});

describe('a process that dies', () => {
  it('between the entry of the ledger and the patch leaves a restart that is made once, and no removal', async () => {
    using world = await due();
    world.api.fault = ({ verb, kind }) => (verb === 'patch' && kind === 'Deployment' ? 'crash-before' : undefined);
    await expect(world.round('app')).rejects.toThrow(Crash);
    const uid = world.api.find(builtin.deployment, TEAM, 'app')?.metadata.uid ?? '';
    expect([world.api.all(builtin.configMap).length, world.patches]).toEqual([1, []]);
    world.api.fault = () => undefined;
    world.restart();
    await world.settle('app');
    world.roll('app');
    await world.settle('app');
    expect([world.patches.length, world.member('db').phase]).toEqual([1, 'Healthy']);
    expect(world.restarting.ledger.workload(uid)).toMatchObject({ removals: {}, markers: { [marker('db')]: `2.${newContent}` } });
  });

  it('after the patch is followed by one that knows its rollout, and whether it was healthy before', async () => {
    using world = await due();
    world.api.fault = ({ verb, kind }) => (verb === 'patch' && kind === 'Deployment' ? 'crash-after' : undefined);
    await expect(world.round('app')).rejects.toThrow(Crash);
    world.api.fault = () => undefined;
    world.restart();
    await world.settle('app');
    expect([world.patches.length, world.member('db').phase, world.restarting.engine.admission.inFlight]).toEqual([1, 'Rolling', 1]);
    world.roll('app');
    await world.settle('app');
    expect([world.patches.length, world.member('db').phase]).toEqual([1, 'Healthy']);
  });
});

describe('a workload that somebody else takes back', () => {
  it('is restarted three times for a content, then left alone until new content comes', async () => {
    using world = await due();
    for (let count = 0; count < 5; count += 1) {
      await world.settle('app');
      world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { annotations: { [marker('db')]: null } } } } });
      await world.clock.advance(2_000);
    }
    await world.settle('app');
    expect([world.patches.length, world.member('db')]).toEqual([
      3,
      expect.objectContaining({ phase: 'Blocked', reason: 'RestartReverted' }),
    ]);
    world.write('db', { a: '3', b: '1' });
    await world.clock.advance(3_000);
    await world.settle('app');
    expect([world.patches.length, world.template('app')[marker('db')]?.slice(0, 2)]).toEqual([4, '3.']);
  });

  it('is not restarted a fourth time if only the live workload shows the third removal', async () => {
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
});
