import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { SecretObject } from '../../../src/api/object/object.ts';
import { contentDigest } from '../../../src/apply/content-digest.ts';
import { MAX_HASHED_KEYS, reduceSecret } from '../../../src/apply/managed-secret.ts';
import { planWrite } from '../../../src/apply/plan-write.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { key, NAMESPACE, open, otherKey, request, SECRET, secretIn, strangers } from './requests.ts';

async function written(policy: 'Owner' | 'Merge', digestKey = key): Promise<MemoryApi> {
  const api = new MemoryApi();
  if (policy === 'Merge') strangers(api, { theirs: 'x' });
  const plan = planWrite(
    secretIn(api),
    request({ values: { password: 'canary-51f0' }, annotations: { note: 'n' } }, { policy, key: digestKey }),
  );
  if (plan.kind === 'create') await api.create(builtin.secret, NAMESPACE, plan.body);
  if (plan.kind === 'patch') await api.mergePatch(builtin.secret, { namespace: NAMESPACE, name: SECRET }, plan.body, open);
  return api;
}

const reduced = (api: MemoryApi) => reduceSecret({ digestKey: key, dialect: keytender }, secretIn(api)!, ['es-orders']);
const intact = (api: MemoryApi) => reduced(api).records.get('es-orders')?.intact;

describe('reduceSecret', () => {
  it('keeps no value, but what decides', async () => {
    const api = await written('Owner');
    const secret = reduced(api);
    expect(inspect(secret, { depth: null })).not.toMatch(/canary|Y2FuYXJ5/);
    expect(secret).toMatchObject({
      kind: 'Secret',
      type: 'Opaque',
      immutable: false,
      metadata: { name: SECRET, annotations: { note: 'n' } },
    });
    expect(Object.keys(secret.metadata.annotations ?? {})).toEqual(['note']);
    expect(secret.records.get('es-orders')).toMatchObject({ intact: true, record: { writer: 'orders' } });
  });

  it('sees any change of a Secret that is owned', async () => {
    for (const data of [{ password: 'eA==' }, { password: null }, { added: '' }]) {
      const api = await written('Owner');
      api.edit(builtin.secret, NAMESPACE, SECRET, { data });
      expect(intact(api)).toBe(false);
    }
  });

  it('sees a change of the own keys only in a Secret that is merged into', async () => {
    const api = await written('Merge');
    api.edit(builtin.secret, NAMESPACE, SECRET, { data: { theirs: 'eA==', more: '' } });
    expect(intact(api)).toBe(true);
    api.edit(builtin.secret, NAMESPACE, SECRET, { data: { password: null } });
    expect(intact(api)).toBe(false);
  });

  it('trusts no digest that was made with another key', async () => {
    expect(intact(await written('Owner', otherKey))).toBe(false);
  });

  it('takes a Secret that holds nothing', () => {
    const api = new MemoryApi();
    api.put(builtin.secret, { metadata: { name: SECRET, namespace: NAMESPACE }, immutable: true });
    expect(reduced(api)).toMatchObject({ type: 'Opaque', immutable: true, metadata: { annotations: {} } });
    expect(reduced(api).records.size).toBe(0);
  });
});

/** A Secret as it arrives, and how often one of its values was looked at. */
function arriving(data: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>, metadata: object = {}) {
  const reads = { count: 0 };
  const counted = new Proxy(
    { ...data },
    {
      get: (target, name) => {
        reads.count += 1;
        return Reflect.get(target, name) as unknown;
      },
    },
  );
  const identity = { name: SECRET, namespace: NAMESPACE, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const secret: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata: { ...identity, annotations, ...metadata }, data: counted };
  return { secret, reads };
}

/** The record of a writer that has written these keys (all without), as annotation. */
function recordOf(
  uid: string,
  data: Readonly<Record<string, string>>,
  keys?: readonly string[],
  more: object = {},
): Record<string, string> {
  const held = (keys ?? Object.keys(data)).map((name) => [name, Buffer.from(data[name] ?? '', 'base64')] as const);
  const content = contentDigest(key, { namespace: NAMESPACE, name: SECRET }, new Map(held));
  return {
    [keytender.records.annotation(uid)]: JSON.stringify({
      writer: uid,
      inputs: 'i',
      content,
      sources: [],
      ...(keys && { keys }),
      ...more,
    }),
  };
}

const numbered = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const merged = (parts: readonly Record<string, string>[]): Record<string, string> => Object.assign({}, ...parts) as Record<string, string>;

describe('reduceSecret, of what anybody may put on a Secret', () => {
  const data = { password: 'eA==' };

  it('looks at the records of those only that name it, and at the data once', () => {
    const forged = numbered(2_000, (index) => recordOf(`forged-${index}`, data));
    const { secret, reads } = arriving(data, { ...merged(forged), ...recordOf('es-orders', data), ...recordOf('es-users', data) });
    const { records, hasOtherRecords } = reduceSecret({ digestKey: key, dialect: keytender }, secret, ['es-orders', 'es-users']);
    expect([...records].map(([uid, { intact: is }]) => [uid, is])).toEqual([
      ['es-orders', true],
      ['es-users', true],
    ]);
    expect(hasOtherRecords).toBe(true);
    // Its size, and its digest.
    expect(reads.count).toBe(2);
  });

  it('judges a hundred writers that merge, each by its own keys, and looks at each value once', () => {
    const shared = Object.fromEntries(numbered(100, (index) => [`key-${index}`, 'eA==']));
    const uids = numbered(100, (index) => `es-${index}`);
    const { secret, reads } = arriving(shared, merged(uids.map((uid, index) => recordOf(uid, shared, [`key-${index}`]))));
    expect([...reduceSecret({ digestKey: key, dialect: keytender }, secret, uids).records.values()].every(({ intact: is }) => is)).toBe(
      true,
    );
    expect(reads.count).toBeLessThanOrEqual(3 * 100);
  });

  it('hashes no more than a few times what it holds, whatever its writers claim to have written', () => {
    const large = { password: Buffer.alloc(1_000).toString('base64'), ...Object.fromEntries(numbered(50, (index) => [`k${index}`, ''])) };
    const uids = numbered(50, (index) => `es-${index}`);
    const { secret, reads } = arriving(large, merged(uids.map((uid, index) => recordOf(uid, large, ['password', `k${index}`]))));
    const judged = [...reduceSecret({ digestKey: key, dialect: keytender }, secret, uids).records.values()].filter(({ intact: is }) => is);
    expect(judged).toHaveLength(3);
    expect(reads.count).toBeLessThan(51 + 3 * 5);
  });

  it('hashes no data of more keys than a target of ours may have, and keeps none of their names', () => {
    const many = Object.fromEntries(numbered(MAX_HASHED_KEYS + 1, (index) => [`k${index}`, '']));
    const { secret } = arriving(many, recordOf('es-orders', many));
    const { records, keys } = reduceSecret({ digestKey: key, dialect: keytender }, secret, ['es-orders']);
    expect([records.get('es-orders')?.intact, keys]).toEqual([false, undefined]);
  });

  it('keeps the names of keys only if they are short together', () => {
    const keysOf = (count: number, length: number) => {
      const named = Object.fromEntries(numbered(count, (index) => [`${index}`.padStart(length, 'k'), '']));
      return reduceSecret({ digestKey: key, dialect: keytender }, arriving(named, recordOf('es-orders', named)).secret, ['es-orders']).keys;
    };
    expect([keysOf(200, 20)?.length, keysOf(200, 21), keysOf(20, 253)]).toEqual([200, undefined, undefined]);
  });

  it('keeps the first of many owner references with one uid', () => {
    const ours = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'orders', uid: 'es-orders', controller: true };
    const users = { ...ours, name: 'users', uid: 'es-users', controller: false };
    const again = numbered(2_000, (index) => ({ ...ours, name: `again-${index}`, controller: false }));
    const { secret } = arriving(data, {}, { ownerReferences: [users, ours, ...again] });
    const { metadata, hasOtherOwners } = reduceSecret({ digestKey: key, dialect: keytender }, secret, ['es-orders', 'es-users']);
    expect([metadata.ownerReferences, hasOtherOwners]).toEqual([[users, ours], true]);
  });

  it('keeps no label and no annotation but ours and those of a template', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"canary-51f0"}}',
      note: 'n',
      ...recordOf('es-orders', data, undefined, { labels: ['tier'], annotations: ['note', 'long'] }),
      long: 'x'.repeat(40_000),
    };
    const labels = { [keytender.labels.managed]: 'true', tier: 'a', theirs: 'canary-51f0' };
    const { secret } = arriving(data, annotations, { labels });
    const kept = reduceSecret({ digestKey: key, dialect: keytender }, secret, ['es-orders']);
    expect(inspect(kept, { depth: null })).not.toContain('canary');
    expect(kept.metadata.labels).toEqual({ [keytender.labels.managed]: 'true', tier: 'a' });
    expect(Object.keys(kept.metadata.annotations ?? {})).toEqual(['note', 'long']);
    // As something that no template gives, so that it counts as changed.
    expect(kept.metadata.annotations?.['long']).toHaveLength(1);
    expect(Object.keys(reduceSecret({ digestKey: key, dialect: keytender }, secret, []).metadata.annotations ?? {})).toEqual([]);
  });

  it('keeps the owners that are ours, and says that there are others', () => {
    const ours = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'orders', uid: 'es-orders', controller: true };
    const theirs = { apiVersion: 'v1', kind: 'Thing', name: 'x'.repeat(1_000), uid: 'thing' };
    const owned = (...ownerReferences: readonly object[]) =>
      reduceSecret({ digestKey: key, dialect: keytender }, arriving(data, {}, { ownerReferences }).secret, ['es-orders']);
    expect(owned(ours)).toMatchObject({ metadata: { ownerReferences: [ours] }, hasOtherOwners: false });
    expect(owned(ours, theirs)).toMatchObject({ metadata: { ownerReferences: [ours] }, hasOtherOwners: true });
    // Of a former name: the ExternalSecret that made it names another now.
    const former = reduceSecret(
      { digestKey: key, dialect: keytender },
      arriving(data, recordOf('es-orders', data), { ownerReferences: [ours] }).secret,
      [],
    );
    expect([former.metadata.ownerReferences, former.records.size]).toEqual([[ours], 1]);
    expect(owned({ ...theirs, controller: true }).metadata).not.toHaveProperty('ownerReferences');
  });

  it.each([
    ['a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap' }],
    ['a kind of another group', { apiVersion: 'example.com/v1', kind: 'ExternalSecret' }],
    ['a store', { apiVersion: 'keytender.dev/v1', kind: 'SecretStore' }],
  ])('ignores the record of %s that is the controller', (_, type) => {
    const ownerReferences = [{ ...type, name: 'forged', uid: 'forged', controller: true }];
    const { secret } = arriving(data, recordOf('forged', data, undefined, { annotations: ['note'] }), { ownerReferences });
    const { records, hasOtherRecords } = reduceSecret({ digestKey: key, dialect: keytender }, secret, []);
    expect([records.size, hasOtherRecords]).toEqual([0, true]);
  });
});
