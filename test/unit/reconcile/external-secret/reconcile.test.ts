import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretSpec } from '../../../../src/api/schema/external-secret.ts';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { priority } from '../../../../src/base/priority.ts';
import { recordsOn } from '../../../../src/apply/record.ts';
import { NAMESPACE, type World } from '../world.ts';
import { conditionOf, db, ordersWorld as world, round } from '../orders.ts';
import { dependantOf } from '../../../../src/source/references/dependant.ts';

/** The operator dies between the write of a Secret that can only be recreated and the first status. */
async function unreported(made: World, spec: Partial<ExternalSecretSpec> = {}): Promise<void> {
  made.apply('orders', { data: db, target: { immutable: true, recreate: true }, ...spec });
  made.api.fault = ({ verb }) => (verb === 'patch' ? 'crash-before' : undefined);
  expect(await round(made)).toBe('crashed');
}

describe('reconcileExternalSecret', () => {
  it('writes the Secret, reports it, and subscribes to what it is made of', async () => {
    const made = world();
    made.apply('orders', { data: db });
    expect(await round(made)).toEqual({ kind: 'done' });
    expect(made.data('orders')).toEqual({ password: 'one' });
    expect(made.resource('orders')?.status).toMatchObject({
      binding: { name: 'orders' },
      observedGeneration: 1,
      sources: [{ key: 'db', stage: 'AWSCURRENT', versionId: 'v1' }],
      refreshTime: '2026-01-01T00:00:00.000Z',
    });
    expect(made.ready('orders')).toBe('SecretSynced');
    expect([...made.source.subscriptions.values()]).toMatchObject([[{ heldVersionId: 'v1', refreshInterval: 60_000 }]]);
    expect(made.events).toMatchObject([{ type: 'Normal', reason: 'Created' }]);
    expect(made.api.writes.map(({ verb, kind, subresource }) => [verb, kind, subresource])).toEqual([
      ['create', 'Secret', undefined],
      ['patch', 'ExternalSecret', 'status'],
    ]);
  });

  it('says where each failure lies, and writes no Secret', async () => {
    const made = world();
    made.apply('orders', { data: [{ secretKey: 'a', remoteRef: { key: 'gone' } }] });
    await round(made);
    expect(made.resource('orders')?.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'RemoteSecretNotFound', message: expect.stringContaining('data[0] (a, key "gone")') },
    ]);
    expect(made.secret('orders')).toBeUndefined();

    made.apply('orders', { data: [{ secretKey: 'a b', remoteRef: { key: 'db' } }] });
    await round(made);
    expect(made.ready('orders')).toBe('InvalidSpec');
    expect(made.source.subscriptions.size).toBe(0);

    made.apply('orders', { data: db, secretStoreRef: { name: 'none' } });
    expect(await round(made)).toEqual({ kind: 'requeue', after: 1_000, priority: priority.change });
    await made.clock.advance(1_000);
    expect(await round(made)).toEqual({ kind: 'done' });
    expect(made.ready('orders')).toBe('StoreNotFound');

    made.apply('orders', { data: db, target: { template: { type: 'kubernetes.io/tls' } } });
    await round(made);
    expect(made.ready('orders')).toBe('InvalidSpec');
    expect(made.secret('orders')).toBeUndefined();
  });

  it('says when AWS confirmed what the Secret holds: not when it was asked for from memory, nor when it failed', async () => {
    const made = world();
    const refreshTime = (name: string): string | undefined => made.resource(name)?.status?.refreshTime;
    for (const [name, more] of [['periodic'], ['once', { refreshPolicy: 'CreatedOnce' as const }]] as const) {
      made.source.keeps = false;
      made.apply(name, { data: db, ...more });
      await round(made, name);
      const confirmed = new Date(made.clock.now()).toISOString();
      expect(refreshTime(name)).toBe(confirmed);
      made.source.keeps = true;
      await made.clock.advance(60_000);
      made.apply(`${name}-later`, { data: db, ...more });
      await round(made, `${name}-later`);
      expect(refreshTime(`${name}-later`)).toBe(confirmed);
      made.apply(name, { data: [{ secretKey: 'password', remoteRef: { key: 'db', property: 'x' } }], ...more, refreshPolicy: 'OnChange' });
      await round(made, name);
      expect([made.ready(name), refreshTime(name)]).toEqual(['InvalidJSON', confirmed]);
    }
    made.apply('never', { data: [{ secretKey: 'a', remoteRef: { key: 'gone' } }] });
    await round(made, 'never');
    expect([made.ready('never'), refreshTime('never')]).toEqual(['RemoteSecretNotFound', undefined]);
  });

  it('reports a failure once, however often it comes', async () => {
    const made = world();
    made.values.failing.set('db', 'AccessDenied');
    made.apply('orders', { data: db });
    for (let count = 0; count < 3; count += 1) await round(made);
    expect(made.api.writes).toHaveLength(1);
    expect(made.events).toHaveLength(1);
  });

  it('waits for a target that belongs to somebody else', async () => {
    const made = world();
    made.api.put(builtin.secret, { metadata: { name: 'orders', namespace: NAMESPACE }, data: { theirs: 'eA==' } });
    made.apply('orders', { data: db });
    expect(await round(made)).toEqual({ kind: 'done' });
    expect(made.ready('orders')).toBe('TargetNotOwned');
    expect(made.data('orders')).toEqual({ theirs: 'x' });
    expect([...made.watched.values()]).toEqual([[{ type: builtin.secret, namespace: NAMESPACE, name: 'orders' }]]);
    made.api.remove(builtin.secret, NAMESPACE, 'orders');
    await round(made);
    expect(made.data('orders')).toEqual({ password: 'one' });
    expect([...made.watched.values()]).toEqual([[]]);
  });

  it('acts once on each value of force-sync, past what is known', async () => {
    const made = world();
    made.apply('orders', { data: db, refreshInterval: '0' });
    await made.settle('orders');
    made.values.put('db', 'two');
    await round(made);
    expect(made.data('orders')).toEqual({ password: 'one' });
    made.apply('orders', { data: db, refreshInterval: '0' }, { annotations: { [keytender.annotations.forceSync]: 'now' } });
    await round(made);
    expect(made.data('orders')).toEqual({ password: 'two' });
    const { reads } = made.source;
    await round(made);
    expect([made.source.reads, made.resource('orders')?.status?.forceSync]).toEqual([reads, 'now']);
  });

  it('acts once on a value of force-sync that is longer than a status may say', async () => {
    for (const character of ['x', '😀']) {
      const made = world();
      made.apply('orders', { data: db }, { annotations: { [keytender.annotations.forceSync]: character.repeat(3_000) } });
      await made.settle('orders');
      expect(Array.from(made.resource('orders')?.status?.forceSync ?? '').length).toBeLessThanOrEqual(1_024);
      const { reads } = made.source;
      await round(made);
      expect(made.source.reads).toBe(reads);
    }
  });

  it('stops all work while it is suspended, and says whether there is a Secret', async () => {
    const made = world();
    made.apply('orders', { data: db, suspend: true });
    await made.settle('orders');
    expect(made.resource('orders')?.status?.conditions).toMatchObject([{ reason: 'Suspended', status: 'False' }]);
    made.apply('orders', { data: db });
    await made.settle('orders');
    made.apply('orders', { data: db, suspend: true });
    made.values.put('db', 'two');
    await made.settle('orders');
    expect(made.resource('orders')?.status?.conditions).toMatchObject([{ reason: 'Suspended', status: 'True' }]);
    expect([made.data('orders'), made.source.subscriptions.size]).toEqual([{ password: 'one' }, 0]);
  });

  it('fetches and reports, but writes no Secret, with creationPolicy None', async () => {
    const made = world();
    made.apply('orders', { data: db, target: { creationPolicy: 'None' } });
    await made.settle('orders');
    expect([made.ready('orders'), made.secret('orders')]).toEqual(['Validated', undefined]);
    expect(made.resource('orders')?.status?.sources).toMatchObject([{ versionId: 'v1' }]);
    made.values.put('db', 'two');
    await made.settle('orders');
    expect(made.resource('orders')?.status?.sources).toMatchObject([{ versionId: 'v2' }]);
  });

  it('moves the Secret when its name changes', async () => {
    const made = world();
    made.apply('orders', { data: db });
    await made.settle('orders');
    made.apply('orders', { data: db, target: { name: 'renamed' } });
    await made.settle('orders');
    expect([made.data('renamed'), made.secret('orders')]).toEqual([{ password: 'one' }, undefined]);
    expect(made.resource('orders')?.status?.binding).toEqual({ name: 'renamed' });
  });

  it('does nothing for CreatedOnce once there is a Secret, whatever AWS and people do, but makes it again', async () => {
    const made = world();
    const once = { data: db, refreshPolicy: 'CreatedOnce' as const };
    made.apply('orders', once);
    await made.settle('orders');
    made.values.put('db', 'two');
    made.apply('orders', { ...once, target: { template: { metadata: { labels: { a: 'b' } } } } });
    await made.settle('orders');
    expect(made.data('orders')).toEqual({ password: 'one' });
    made.api.remove(builtin.secret, NAMESPACE, 'orders');
    await made.settle('orders');
    expect(made.data('orders')).toEqual({ password: 'two' });
  });

  describe.each<[string, Partial<ExternalSecretSpec>]>([
    ['OnChange', { refreshPolicy: 'OnChange' }],
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce' }],
    ['an interval of 0', { refreshInterval: '0' }],
  ])('with %s', (_what, policy) => {
    const waits = (made: World) => conditionOf(made, 'UpToDate');

    /** `db` is at a version that `orders` does not take; `other` has seen it. */
    async function withPending(): Promise<World> {
      const made = world();
      made.apply('orders', { data: db, ...policy });
      await made.settle('orders');
      made.apply('other', { data: db });
      await made.settle('other');
      expect(waits(made)).toBeUndefined();
      made.values.put('db', 'two');
      expect(made.source.refresh().map((dependant) => dependantOf(dependant).key)).toEqual(['team/orders', 'team/other']);
      await round(made);
      await made.settle('other');
      return made;
    }

    it('shows a change that others have seen, and does nothing else', async () => {
      const made = await withPending();
      expect(waits(made)).toMatchObject({ status: 'False', reason: 'ChangePending', message: expect.stringContaining('"db"') });
      expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'one' }]);
      const { source } = made;
      const before = [source.reads, made.api.writes.length];
      await made.settle('orders');
      expect([source.reads, made.api.writes.length]).toEqual(before);
      made.restart();
      await made.settle('orders');
      expect([made.source.reads, made.api.writes.length]).toEqual([0, before[1]]);
      expect(waits(made)?.reason).toBe('ChangePending');
    });

    it('shows it no longer once it was taken, or when it is suspended', async () => {
      const made = await withPending();
      made.apply('orders', { data: db, ...policy, suspend: true });
      await made.settle('orders');
      expect(waits(made)).toBeUndefined();
      made.apply('orders', { data: db, ...policy }, { annotations: { [keytender.annotations.forceSync]: 'now' } });
      await made.settle('orders');
      expect([made.data('orders'), waits(made)]).toEqual([{ password: 'two' }, undefined]);
    });

    it('shows nothing of it once it is refreshed', async () => {
      const made = await withPending();
      made.apply('orders', { data: db });
      await made.settle('orders');
      expect([made.data('orders'), waits(made)]).toEqual([{ password: 'two' }, undefined]);
    });
  });

  it('forgets a resource that is gone, and leaves its Secret to garbage collection', async () => {
    const made = world();
    made.apply('orders', { data: db });
    await made.settle('orders');
    made.api.remove(keytender.kinds.externalSecret, NAMESPACE, 'orders');
    const writes = made.api.writes.length;
    expect(await round(made)).toEqual({ kind: 'done' });
    expect([made.api.writes.length, made.source.subscriptions.size, made.data('orders')]).toEqual([writes, 0, { password: 'one' }]);
  });

  it('slows down when somebody keeps changing the Secret, and says so', async () => {
    const made = world();
    made.apply('orders', { data: db });
    await made.settle('orders');
    let last: unknown;
    for (let count = 0; count < 8; count += 1) {
      made.api.edit(builtin.secret, NAMESPACE, 'orders', { data: { password: 'eA==' } });
      last = await round(made);
    }
    expect(last).toMatchObject({ kind: 'requeue' });
    expect([made.ready('orders'), made.data('orders')]).toEqual(['DriftFight', { password: 'x' }]);
    await made.clock.advance(60_000);
    await made.settle('orders');
    expect([made.ready('orders'), made.data('orders')]).toEqual(['SecretSynced', { password: 'one' }]);
  });

  it('restarts the consumers of a recreated Secret, though it dies before the first status and between deleting and creating', async () => {
    const made = world();
    const restart = { targets: [{ kind: 'Deployment' as const, name: 'app' }] };
    await unreported(made, { restart });
    expect(made.resource('orders')?.status).toBeUndefined();
    await made.clock.advance(60_000);
    made.deploy('app');
    made.values.put('db', 'two');
    made.api.fault = ({ verb }) => (verb === 'delete' ? 'crash-after' : undefined);
    made.source.refresh();
    expect(await round(made)).toBe('crashed');
    expect(made.secret('orders')).toBeUndefined();
    made.api.fault = () => undefined;
    await made.settle('orders');
    expect(made.data('orders')).toEqual({ password: 'two' });
    expect(made.api.find(builtin.deployment, NAMESPACE, 'app')?.metadata.generation).toBe(2);
  });

  it('recreates a Secret with no write that another of its own writes would refuse', async () => {
    const made = world();
    await unreported(made);
    made.values.put('db', 'two');
    made.source.refresh();
    made.api.fault = () => undefined;
    // The status is written twice: before the Secret goes, and after.
    expect(await round(made)).toEqual({ kind: 'done' });
    expect(made.api.writes.map(({ verb, kind }) => `${verb} ${kind}`)).toEqual([
      'create Secret',
      'patch ExternalSecret',
      'delete Secret',
      'create Secret',
      'patch ExternalSecret',
    ]);
    expect(made.resource('orders')?.status).toMatchObject({ content: made.content('orders'), lastChangeTime: expect.any(String) });
  });

  it('keeps in the status what a Secret held that could not be recreated', async () => {
    const made = world();
    await unreported(made);
    const held = made.content('orders');
    made.values.put('db', 'two');
    made.source.refresh();
    made.api.fault = ({ verb }) => (verb === 'delete' ? 'forbidden' : undefined);
    await round(made);
    expect([made.ready('orders'), made.resource('orders')?.status?.content, made.content('orders')]).toEqual(['Forbidden', held, held]);
  });

  it.each(['CreatedOnce', 'Periodic'] as const)(
    'knows its own Secret, %s, that was seen before the ExternalSecret was',
    async (refreshPolicy) => {
      const made = world();
      made.apply('orders', { data: db, refreshPolicy, target: { creationPolicy: 'Orphan' } });
      await made.settle('orders');
      made.secretsFirst = true;
      made.restart();
      const writes = made.api.writes.length;
      if (refreshPolicy === 'CreatedOnce') made.values.put('db', 'two');
      expect(await round(made)).toEqual({ kind: 'done' });
      expect([made.api.writes.length - writes, made.source.reads, made.data('orders')]).toEqual([0, 0, { password: 'one' }]);
      let gets = 0;
      made.api.fault = ({ verb }) => void (gets += verb === 'get' ? 1 : 0);
      expect([await round(made), gets]).toEqual([{ kind: 'done' }, 0]);
    },
  );

  it.each(['one after the other', 'at once'] as const)(
    'restarts nobody when the digest key is lost and the Secret deleted, %s',
    async (order) => {
      const made = world();
      made.apply('orders', { data: db, restart: { targets: [{ kind: 'Deployment', name: 'app' }] } });
      made.deploy('app');
      await made.settle('orders');
      await made.clock.advance(60_000);
      made.values.put('db', 'two');
      await made.settle('orders');
      const content = made.content('orders');
      const { generation } = made.api.find(builtin.deployment, NAMESPACE, 'app')!.metadata;
      for (const id of ['k2', 'k3']) {
        made.digestKey = { id, bytes: Buffer.alloc(32, id) };
        made.restart();
        if (order === 'one after the other') await made.settle('orders');
        made.api.remove(builtin.secret, NAMESPACE, 'orders');
        await made.settle('orders');
        expect([made.content('orders'), made.resource('orders')?.status?.content]).toEqual([content, content]);
        expect(made.api.find(builtin.deployment, NAMESPACE, 'app')?.metadata.generation).toBe(generation);
      }
      // New content is seen as such, and is then reported once.
      made.values.put('db', 'three');
      await made.settle('orders');
      expect(made.content('orders')).toMatch(/^k3:/);
      expect(made.resource('orders')?.status?.contentDigest).toBe(made.content('orders'));
      expect(made.api.find(builtin.deployment, NAMESPACE, 'app')?.metadata.generation).toBe((generation ?? 0) + 1);
    },
  );

  it('gives keys of two merging resources their own records, and each its own values', async () => {
    const made = world();
    made.values.put('api', 'two');
    made.api.put(builtin.secret, { metadata: { name: 'shared', namespace: NAMESPACE }, data: { theirs: 'eA==' } });
    const target = { name: 'shared', creationPolicy: 'Merge' as const };
    made.apply('orders', { data: db, target });
    made.apply('users', { data: [{ secretKey: 'token', remoteRef: { key: 'api' } }], target });
    for (const name of ['orders', 'users', 'orders', 'users']) await made.settle(name);
    expect(made.data('shared')).toEqual({ password: 'one', theirs: 'x', token: 'two' });
    expect(recordsOn(keytender.records, made.secret('shared')?.metadata.annotations).size).toBe(2);
    made.apply('users', { data: [{ secretKey: 'password', remoteRef: { key: 'api' } }], target });
    await round(made, 'users');
    expect([made.ready('users'), made.data('shared')]).toEqual(['MergeKeyConflict', { password: 'one', theirs: 'x', token: 'two' }]);
  });
});
