import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { Crash } from '../../../support/fakes/memory-api.ts';
import { contentOf, type Deployed, marker, target, TEAM, WorkloadWorld } from './workload-world.ts';

const FREE = { limits: { minInterval: ms(0) } };
const HOUR = 3_600_000;

/** A Deployment that has read the first content of the Secret `db`, an hour before the second is written. */
async function changed(
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
async function due(...args: Parameters<typeof changed>): Promise<WorkloadWorld> {
  const world = await changed(...args);
  await world.clock.advance(3_000);
  return world;
}

const newContent = contentOf({ a: '2', b: '1' });

describe('a round of a workload', () => {
  it('restarts it once for new content, with a marker of number and content, and its pods read it', async () => {
    using world = await due();
    await world.settle('app');
    expect([world.patches, world.template('app')]).toEqual([['Deployment app'], { [marker('db')]: `2.${newContent}` }]);
    expect(world.member('db')).toMatchObject({ phase: 'Rolling', content: newContent, next: { step: 'Deadline' } });
    world.roll('app');
    await world.settle('app');
    expect(world.member('db')).toMatchObject({ phase: 'Healthy', content: newContent });
    expect(world.model.readsOf({ kind: 'Deployment', namespace: TEAM, name: 'app' }, 'db')).toEqual([{ a: 'Mg==', b: 'MQ==' }]);
    expect(world.patches).toHaveLength(1);
    expect(world.restarting.counted).toEqual(['Deployment restarted Secret', 'Deployment healthy']);
    expect(world.restarting.events.map(({ regarding: { kind }, reason }) => `${kind} ${reason}`)).toEqual([
      'Deployment Restarted',
      'ExternalSecret Restarted',
      'Deployment RolloutHealthy',
      'ExternalSecret RolloutHealthy',
    ]);
  });

  it('leaves one alone that has no marker and whose Secret has never changed', async () => {
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app'));
    world.deploy('app', { secrets: ['db'] });
    world.write('db', { a: '1' });
    expect(await world.settle('app')).toEqual({ kind: 'done' });
    expect([world.patches, world.member('db').phase]).toEqual([[], 'Baseline']);
  });

  it('patches no earlier than 2 s after the change, because kubelet may serve the value from before', async () => {
    using world = await changed();
    await world.round('app');
    await world.clock.advance(1_999);
    await world.round('app');
    expect([world.patches, world.member('db')]).toEqual([[], expect.objectContaining({ phase: 'Pending', reason: 'Settling' })]);
    await world.clock.advance(1);
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
  });

  it('waits if the live Secret has changed a moment ago, though the cached one has not', async () => {
    using world = await due();
    world.sync();
    world.write('db', { a: '3', b: '1' });
    expect(await world.restarting.reconcile('app')).toEqual({ kind: 'requeue', after: 2_000 });
    expect(world.patches).toEqual([]);
    await world.clock.advance(2_000);
    await world.settle('app');
    expect(world.template('app')).toEqual({ [marker('db')]: `3.${contentOf({ a: '3', b: '1' })}` });
  });

  it('leaves one alone whose pods all started after the change and the tolerance, whatever its marker says', async () => {
    for (const template of [{}, { [marker('db')]: `1.${contentOf({ a: '1', b: '1' })}` }]) {
      using world = await changed({ secrets: ['db'], template });
      await world.clock.advance(60_000);
      world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { labels: { image: 'new' } } } } });
      world.roll('app');
      await world.clock.advance(60_000);
      expect(await world.settle('app')).toEqual({ kind: 'done' });
      expect([world.patches, world.member('db').phase]).toEqual([[], 'Current']);
    }
  });

  it('restarts one with a pod that started within the tolerance of 10 s after the change', async () => {
    using world = await changed();
    await world.clock.advance(9_000);
    world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { labels: { image: 'new' } } } } });
    world.roll('app');
    await world.clock.advance(60_000);
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
  });

  it('says why it waits if pods cannot be read, and tries again', async () => {
    using world = await due();
    await world.clock.advance(60_000);
    world.api.fault = ({ verb, kind }) => (verb === 'list' && kind === 'Pod' ? 'forbidden' : undefined);
    expect(await world.settle('app')).toMatchObject({ kind: 'retry' });
    expect([world.patches, world.member('db')]).toEqual([[], expect.objectContaining({ phase: 'Pending', reason: 'Forbidden' })]);
    world.api.fault = () => undefined;
    await world.clock.advance(60_000);
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
  });

  it('is done with a workload that goes away in the middle', async () => {
    using world = await due();
    world.api.fault = ({ verb, kind }) => {
      if (verb === 'get' && kind === 'Secret') world.api.remove(builtin.deployment, TEAM, 'app');
      return undefined;
    };
    world.sync();
    for (let count = 0; count < 3; count += 1) await world.restarting.reconcile('app');
    expect(world.patches).toEqual([]);
    expect(await world.round('app')).toEqual({ kind: 'done' });
    expect([world.members('db'), world.restarting.engine.admission.inFlight]).toEqual([[], 0]);
  });

  it('decides nothing before the ledger is loaded', async () => {
    using world = await due();
    let isRefused = true;
    world.api.fault = ({ kind, verb }) => (isRefused && kind === 'ConfigMap' && verb === 'get' ? 'unavailable' : undefined);
    world.restart();
    world.sync();
    const round = world.restarting.reconcile('app');
    await world.clock.advance(1_000);
    expect([world.patches, world.members('db')]).toEqual([[], []]);
    isRefused = false;
    await world.clock.advance(60_000);
    await round;
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
  });
});

describe('several Secrets of one workload', () => {
  /** Both have changed. */
  async function two(restart: object = { ...target('app') }): Promise<WorkloadWorld> {
    const world = new WorkloadWorld(FREE);
    for (const name of ['db', 'api']) {
      world.want(name, name === 'db' ? restart : target('app'));
      world.write(name, { a: '1' });
    }
    world.deploy('app', { secrets: ['db', 'api'] });
    await world.settle('app');
    await world.clock.advance(HOUR);
    for (const name of ['db', 'api']) world.write(name, { a: '2' });
    await world.clock.advance(3_000);
    return world;
  }
  const both = { [marker('api')]: `2.${contentOf({ a: '2' })}`, [marker('db')]: `2.${contentOf({ a: '2' })}` };

  it('are one patch with a marker for each', async () => {
    using world = await two();
    await world.settle('app');
    expect([world.patches.length, world.template('app')]).toEqual([1, both]);
  });

  it('are one patch also if only one of them has changed: the new pods read both', async () => {
    using world = await two({ ...target('app'), suspend: true });
    await world.settle('app');
    expect([world.patches.length, world.template('app')]).toEqual([1, both]);
    world.roll('app');
    // A suspended source holds nobody back, and its content has come with the restart for the other.
    world.want('db', target('app'));
    expect(await world.settle('app')).toEqual({ kind: 'done' });
    expect(world.patches).toHaveLength(1);
  });

  it('take the markers of Secrets that it does not consume any more along with the next restart', async () => {
    using world = await two();
    world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { annotations: { [marker('gone')]: '7.k1:x' } } } } });
    await world.settle('app');
    expect(world.template('app')).toEqual(both);
  });

  it('cause no patch for a marker alone', async () => {
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app'));
    world.write('db', { a: '1' });
    world.deploy('app', { secrets: ['db'], template: { [marker('gone')]: '7.k1:x' } });
    await world.settle('app');
    expect([world.patches, world.template('app')]).toEqual([[], { [marker('gone')]: '7.k1:x' }]);
  });
});

describe('keys', () => {
  const reads = (key: string): Deployed => {
    const valueFrom = { secretKeyRef: { name: 'db', key } };
    return { podSpec: { containers: [{ name: 'main', env: [{ name: 'A', valueFrom }] }] } };
  };

  it.each([
    ['a consumed key', reads('a'), {}, 1],
    ['another key', reads('b'), {}, 0],
    ['a key of the policy', { secrets: ['db'] }, { keys: ['a'] }, 1],
    ['a key that the policy leaves out', { secrets: ['db'] }, { keys: ['b'] }, 0],
    ['a consumed key that the policy leaves out', reads('a'), { keys: ['b'] }, 0],
  ] as const)('a change of %s decides', async (_what, deployed, keys, patches) => {
    using world = await due(deployed, { ...target('app'), ...keys });
    await world.settle('app');
    expect(world.patches).toHaveLength(patches);
  });

  it('that are edited restart nobody', async () => {
    using world = await due({ secrets: ['db'] }, { ...target('app'), keys: ['a'] });
    await world.settle('app');
    world.roll('app');
    for (const keys of [{ keys: ['b'] }, { keys: ['a', 'b'] }, {}]) {
      world.want('db', { ...target('app'), ...keys });
      await world.settle('app');
      await world.clock.advance(HOUR);
    }
    expect(world.patches).toHaveLength(1);
  });
});

describe('a cache that is behind', () => {
  it('takes no newer marker back: the live Secret decides', async () => {
    using world = await due();
    world.sync();
    const stale = [...world.managedSecrets.list()];
    world.write('db', { a: '3', b: '1' });
    await world.clock.advance(3_000);
    await world.settle('app');
    expect(world.template('app')[marker('db')]).toMatch(/^3\./);
    world.roll('app');
    // Another process has a view of the Secrets from before.
    world.restart();
    world.sync();
    world.managedSecrets.replace(stale);
    for (let count = 0; count < 3; count += 1) await world.restarting.reconcile('app');
    expect([world.patches.length, world.template('app')[marker('db')]?.slice(0, 2)]).toEqual([1, '3.']);
  });

  it('of workloads causes no second patch, and a conflict with another writer none that takes back: it is made on live reads', async () => {
    using world = await due();
    world.sync();
    world.api.edit(builtin.deployment, TEAM, 'app', { spec: { replicas: 2 } });
    await world.restarting.reconcile('app');
    expect(world.template('app')[marker('db')]).toBe(`2.${newContent}`);
    await world.restarting.reconcile('app');
    await world.restarting.reconcile('app');
    expect(world.patches).toHaveLength(1);
  });

  it('finds nothing to do after a conflict if the other writer has set the marker', async () => {
    using world = await due();
    world.sync();
    const annotations = { [marker('db')]: `2.${newContent}` };
    world.api.edit(builtin.deployment, TEAM, 'app', { spec: { template: { metadata: { annotations } } } });
    await world.restarting.reconcile('app');
    expect(world.patches).toEqual([]);
  });
});

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
    expect(world.member('db')).toMatchObject({ phase: 'Pending', reason: 'RestartFailed' });
    expect(world.restarting.engine.admission.inFlight).toBe(0);
    expect(new Set(world.restarting.counted)).toEqual(new Set(['Deployment failed Secret']));
    expect(world.restarting.events[0]).toMatchObject({ type: 'Warning', reason: 'RestartFailed', note: expect.stringContaining('"app"') });
    world.api.fault = () => undefined;
    await world.settle('app');
    expect([world.patches.length, world.member('db').phase]).toEqual([1, 'Rolling']);
  });

  it('does not count as a restart for the least time between two', async () => {
    using world = await due(undefined, undefined, {});
    world.api.fault = ({ verb, kind }) => (verb === 'patch' && kind === 'Deployment' ? 'forbidden' : undefined);
    await world.round('app');
    await world.round('app');
    expect(world.member('db')).toMatchObject({ phase: 'Pending', reason: 'RestartFailed' });
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
});
