// The kinds of two API groups in one process: they share only the engine. The objects of one group have no effect in the other.
import { describe, expect, it } from '@jest/globals';
import { catalogueWords } from '../../../src/api/condition-words.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { failure } from '../../../src/failure/failure.ts';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import type { Dialect } from '../../../src/api/dialect.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { SecretObject } from '../../../src/api/object/object.ts';
import { recordsOn } from '../../../src/apply/record.ts';
import { dependantOf } from '../../../src/source/references/dependant.ts';
import { exampleDialect } from '../../support/fakes/example-dialect.ts';
import { FakeClock, settleSlices } from '../../support/fake-clock.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { startEngine } from '../source/engine-world.ts';
import { DialectSide } from './dialect-side.ts';
import { db } from './orders.ts';
import { Restarting } from './workload/restarting.ts';

const target = (name: string) => ({ target: { name } });

/** Both have an ExternalSecret team/db of the remote secret "db", each with its own target. */
function twoGroups() {
  const clock = new FakeClock(undefined, settleSlices);
  const called: string[] = [];
  const onChange = (dependant: Parameters<typeof dependantOf>[0]): void => void called.push(dependantOf(dependant).controller);
  const world = startEngine({ onChange }, clock);
  const api = new MemoryApi();
  const stop = new AbortController();
  const own = new DialectSide(keytender, api, world.engine, clock, stop.signal);
  const other = new DialectSide(exampleDialect, api, world.engine, clock, stop.signal);
  const restarting = new Restarting({ api, clock, sides: [own.side, other.side], limits: { minInterval: ms(0) } });
  own.restarting = restarting;
  other.restarting = restarting;
  world.aws.put('db');
  own.apply('db', { data: db, ...target('own') });
  other.apply('db', { data: db, ...target('other') });
  const secret = (name: string): SecretObject | undefined => api.find(builtin.secret, 'team', name);
  /** Reconciles until nothing is written any more. */
  const both = async (): Promise<void> => {
    for (let round = 0; round < 10; round += 1) {
      const before = api.writes.length;
      await own.reconcile('db');
      await other.reconcile('db');
      restarting.sync();
      for (const name of ['app', 'app']) await restarting.reconcile(name);
      if (api.writes.length === before) return;
    }
    throw new Error('each round writes again');
  };
  const dispose = async (): Promise<void> => {
    restarting[Symbol.dispose]();
    await world[Symbol.asyncDispose]();
  };
  return { api, clock, world, own, other, called, secret, both, restarting, [Symbol.asyncDispose]: dispose };
}

describe('two API groups in one process', () => {
  it('read one remote secret once, and each writes its own Secret in its own words', async () => {
    await using made = twoGroups();
    await made.both();
    expect(made.world.aws.reads).toEqual({ db: 1 });
    const [own, other] = [made.secret('own'), made.secret('other')];
    expect(own?.data).toEqual(other?.data);
    expect([own?.metadata.labels, other?.metadata.labels]).toEqual([
      { 'keytender.dev/managed': 'true' },
      { 'secrets.example.com/written': 'true' },
    ]);
    expect(Object.keys({ ...own?.metadata.annotations }).map((name) => name.split('/')[0])).toEqual(['record.keytender.dev']);
    expect(Object.keys({ ...other?.metadata.annotations }).map((name) => name.split('/')[0])).toEqual(['written.secrets.example.com']);
    const written = (object: SecretObject | undefined) => Object.values({ ...object?.metadata.annotations });
    expect([written(own).every((text) => text.startsWith('{')), written(other).some((text) => text.startsWith('{'))]).toEqual([
      true,
      false,
    ]);
    expect(own?.metadata.ownerReferences).toMatchObject([{ apiVersion: 'keytender.dev/v1', controller: true }]);
    expect(other?.metadata.ownerReferences).toMatchObject([{ apiVersion: 'secrets.example.com/v1beta1', controller: true }]);
    expect(made.own.ready(made.own.resource('db'))?.reason).toBe('SecretSynced');
    expect(made.other.ready(made.other.resource('db'))?.reason).toBe('Synced');
  });

  it('are both called for a change that was read once, though their objects have one namespace and name', async () => {
    await using made = twoGroups();
    await made.both();
    made.world.aws.put('db');
    await made.clock.advance(60_000);
    expect([made.world.aws.reads, made.called.toSorted()]).toEqual([
      { db: 2 },
      ['externalsecrets.keytender.dev', 'externalsecrets.secrets.example.com'],
    ]);
    const before = made.secret('own')?.data;
    await made.both();
    expect(made.secret('own')?.data).not.toEqual(before);
    expect(made.secret('other')?.data).toEqual(made.secret('own')?.data);
    expect(made.world.aws.reads).toEqual({ db: 2 });
  });

  it('force a sync by their own annotation only', async () => {
    await using made = twoGroups();
    await made.both();
    const foreign = { annotations: { 'secrets.example.com/refresh-now': '1' } };
    made.own.apply('db', { data: db, ...target('own') }, foreign);
    await made.both();
    expect([made.own.resource('db')?.['status'], made.world.aws.reads]).toEqual([
      expect.not.objectContaining({ forceSync: '1' }),
      { db: 1 },
    ]);
    made.other.apply('db', { data: db, ...target('other') }, foreign);
    const own = made.own.resource('db');
    await made.both();
    expect([made.other.resource('db')?.['status'], made.world.aws.reads]).toEqual([expect.objectContaining({ forceSync: '1' }), { db: 2 }]);
    expect(made.own.resource('db')).toEqual(own);
    made.own.apply('db', { data: db, ...target('own') }, { annotations: { 'keytender.dev/force-sync': '2' } });
    await made.both();
    expect([made.own.resource('db')?.['status'], made.world.aws.reads]).toEqual([expect.objectContaining({ forceSync: '2' }), { db: 3 }]);
  });

  it('know by their own words that nothing is left to do', async () => {
    await using made = twoGroups();
    for (const [side, name] of [
      [made.own, 'own'],
      [made.other, 'other'],
    ] as const) {
      side.apply('db', { data: db, refreshPolicy: 'OnChange', ...target(name) });
    }
    await made.both();
    const writes = made.api.writes.length;
    await made.clock.advance(20_000);
    await made.both();
    expect([made.world.aws.reads, made.api.writes.length]).toEqual([{ db: 1 }, writes]);
  });

  it('repair what they have written themselves, each in its own Secret', async () => {
    await using made = twoGroups();
    await made.both();
    const [own, other, writes] = [made.secret('own'), made.secret('other'), made.api.writes.length];
    made.api.edit(builtin.secret, 'team', 'other', { data: { password: 'eA==' } });
    await made.own.reconcile('db');
    expect(made.api.writes.length).toBe(writes);
    await made.both();
    expect([made.secret('other')?.data, made.secret('own')]).toEqual([other?.data, own]);
    expect(made.other.events.map(({ reason }) => reason)).toContain('Repaired');
    expect(made.own.events.map(({ reason }) => reason)).not.toContain('Repaired');
  });

  it('take no Secret of the other, and say so in their own words', async () => {
    await using made = twoGroups();
    await made.both();
    const own = made.secret('own');
    made.other.apply('db', { data: db, ...target('own') });
    await made.both();
    expect(made.secret('own')).toEqual(own);
    expect(made.other.ready(made.other.resource('db'))).toMatchObject({
      reason: 'SyncFailed',
      message: expect.stringContaining('TargetOwnedByOther: '),
    });
    expect(made.own.ready(made.own.resource('db'))?.reason).toBe('SecretSynced');
  });

  it('say in their own words what AWS denies, from the same facts', async () => {
    await using made = twoGroups();
    made.world.aws.failures.set(
      'db',
      failure('AccessDenied', {
        service: 'secretsmanager',
        region: 'eu-central-1',
        operation: 'GetSecretValue',
        resource: { type: 'secret', name: 'db' },
        identity: { label: 'operator identity', from: 'operator', roles: 0 },
        denial: { policy: 'identity-policy', kind: 'missing' },
      }),
    );
    await made.both();
    const said = made.own.ready(made.own.resource('db'));
    expect(said).toMatchObject({ reason: 'AccessDenied', message: expect.stringContaining('secretsmanager:GetSecretValue') });
    expect(made.other.ready(made.other.resource('db'))).toEqual({ reason: 'SyncFailed', message: `AccessDenied: ${said?.message}` });
    expect([made.secret('own'), made.secret('other')]).toEqual([undefined, undefined]);
  });

  it('name their own annotation in what they advise', () => {
    expect(keytender.words.settled('ForceSyncDelayed').message).toContain('set keytender.dev/force-sync less often');
    expect(catalogueWords(exampleDialect.annotations).settled('ForceSyncDelayed').message).toContain(
      'set secrets.example.com/refresh-now less',
    );
    expect(keytender.words.settled('RestartOptedOut').message).toContain('workload.keytender.dev/restart: "false"');
    expect(catalogueWords(exampleDialect.annotations).settled('RestartOptedOut').message).toContain('consumer.secrets.example.com/restart');
  });

  it('merge into one Secret side by side, with a record each, and one takes away what is its own', async () => {
    await using made = twoGroups();
    made.api.put(builtin.secret, { metadata: { name: 'shared', namespace: 'team' }, data: { theirs: 'eA==' } });
    const merged = (secretKey: string) => ({
      data: [{ secretKey, remoteRef: { key: 'db' } }],
      target: { name: 'shared', creationPolicy: 'Merge' as const },
    });
    made.own.apply('db', merged('own'));
    made.other.apply('db', merged('other'));
    await made.both();
    const keys = () => Object.keys(made.secret('shared')?.data ?? {}).toSorted();
    const records = ({ records: format }: Dialect) =>
      [...recordsOn(format, made.secret('shared')?.metadata.annotations).values()].map((record) => record.keys);
    expect(keys()).toEqual(['other', 'own', 'theirs']);
    expect(records(keytender)).toEqual([['own']]);
    expect(records(exampleDialect)).toEqual([['other']]);
    made.own.apply('db', merged('renamed'));
    await made.both();
    expect(keys()).toEqual(['other', 'renamed', 'theirs']);
    expect(records(exampleDialect)).toEqual([['other']]);
  });

  it('restart one workload once for the Secrets of both, with one marker for each Secret, and both report it', async () => {
    await using made = twoGroups();
    const restart = { restart: { settle: '0', targets: [{ kind: 'Deployment' as const, name: 'app' }] } };
    const labels = { app: 'app' };
    const template = { metadata: { annotations: {} } };
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-abc12', uid: 'rs', controller: true };
    const metadata = { namespace: 'team', creationTimestamp: '2025-01-01T00:00:00Z' };
    made.api.put(builtin.deployment, { metadata: { ...metadata, name: 'app' }, spec: { selector: { matchLabels: labels }, template } });
    made.api.put(builtin.pod, { metadata: { ...metadata, name: 'app-1', labels, ownerReferences: [owner] }, status: { phase: 'Running' } });
    made.own.apply('db', { data: db, ...target('own'), ...restart });
    made.other.apply('db', { data: db, ...target('other'), ...restart });
    await made.both();
    made.world.aws.put('db');
    await made.clock.advance(60_000);
    await made.both();
    await made.clock.advance(3_000);
    await made.both();
    const { spec } = made.api.find(builtin.deployment, 'team', 'app') as unknown as {
      spec: { template: { metadata: { annotations: Record<string, string> } } };
    };
    expect(Object.keys(spec.template.metadata.annotations).toSorted()).toEqual([
      'restart.keytender.dev/other',
      'restart.keytender.dev/own',
    ]);
    const patches = made.api.writes.filter(({ kind, verb }) => kind === 'Deployment' && verb === 'patch');
    expect(patches).toHaveLength(1);
    for (const side of [made.own, made.other]) {
      expect(side.resource('db')?.['status']).toMatchObject({ restarts: [{ kind: 'Deployment', name: 'app', phase: 'Rolling' }] });
    }
    const told = made.restarting.events.map(({ regarding, reason }) => `${regarding.apiVersion} ${regarding.kind} ${reason}`);
    expect(told).toEqual([
      'apps/v1 Deployment Restarted',
      'keytender.dev/v1 ExternalSecret Restarted',
      'secrets.example.com/v1beta1 ExternalSecret Restarted',
    ]);
  });

  it('reserve their own domain in templates', async () => {
    await using made = twoGroups();
    const template = { metadata: { labels: { 'sub.secrets.example.com/mine': 'x' } } };
    made.own.apply('db', { data: db, target: { name: 'own', template } });
    made.other.apply('db', { data: db, target: { name: 'other', template } });
    await made.both();
    expect(made.secret('own')?.metadata.labels).toMatchObject(template.metadata.labels);
    expect(made.secret('other')).toBeUndefined();
    expect(made.other.ready(made.other.resource('db'))?.message).toContain('TargetReserved: ');
  });

  it.each(['secretStore', 'clusterSecretStore'] as const)('check their own stores (%s), which have equal names', async (kind) => {
    await using made = twoGroups();
    const find = (side: DialectSide) => made.api.find(side.dialect.kinds[kind], kind === 'secretStore' ? 'team' : '', 'aws');
    await made.other.reconcileStore(kind, 'aws');
    expect(made.other.ready(find(made.other))).toEqual({ reason: 'StoreValid', message: 'secrets are read as tests' });
    expect(find(made.own)).not.toHaveProperty('status');
    const other = find(made.other);
    await made.own.reconcileStore(kind, 'aws');
    expect([made.own.ready(find(made.own))?.reason, find(made.other)]).toEqual(['StoreValid', other]);
  });
});
