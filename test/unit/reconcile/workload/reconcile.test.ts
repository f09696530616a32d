import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { changed, due, FREE, HOUR, newContent } from './changed.ts';
import { contentOf, type Deployed, marker, target, TEAM, WorkloadWorld } from './workload-world.ts';

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

  it('begins anew with another object of the same name, whose predecessor nobody saw going', async () => {
    using world = new WorkloadWorld(FREE);
    world.want('db', target('app'));
    world.write('db', { a: '1' });
    world.deploy('app', { secrets: ['db'] });
    await world.settle('app');
    await world.clock.advance(HOUR);
    world.api.remove(builtin.deployment, TEAM, 'app');
    world.deploy('app', { secrets: ['db'] });
    await world.settle('app');
    expect(world.member('db')).toMatchObject({ phase: 'Baseline', since: world.clock.now() });
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

describe('two ExternalSecrets whose waves are in opposite orders', () => {
  it('say so on the workload and on both, and restart it all the same', async () => {
    using world = new WorkloadWorld(FREE);
    const [all, none] = [{ name: 'one' }, { name: 'two', selector: { matchLabels: { tier: 'none' } } }];
    world.want('db', { ...target('app'), waves: [all, none] });
    world.want('key', { ...target('app'), waves: [none, all] });
    for (const name of ['db', 'key']) world.write(name, { a: '1' });
    world.deploy('app', { secrets: ['db', 'key'] });
    await world.settle('app');
    await world.clock.advance(HOUR);
    for (const name of ['db', 'key']) world.write(name, { a: '2' });
    await world.clock.advance(3_000);
    await world.settle('app');
    expect(world.patches).toHaveLength(1);
    const told = world.restarting.events.filter(({ reason }) => reason === 'WavesConflict');
    expect(told.map(({ regarding: { kind, metadata } }) => `${kind} ${metadata.name}`)).toEqual([
      'Deployment app',
      'ExternalSecret db',
      'ExternalSecret key',
    ]);
    expect(told[0]?.note).toMatch(/^the waves of ExternalSecret "db" and ExternalSecret "key" are in opposite orders, /);
  });
});
