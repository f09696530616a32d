// The estimated memory of an object: near the real size, equal before and after its first sync, and cheap to compute.
import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { type ManagedSecret, reduceSecret } from '../../../src/apply/managed-secret.ts';
import { memoryForObjects } from '../../../src/base/usable-memory.ts';
import type { BudgetedStore } from '../../../src/view/budgeted-store.ts';
import { createClusterView, ownKind } from '../../../src/view/cluster-view.ts';
import { nameOnlySecret } from '../../../src/view/name-only.ts';
import { bytesOf, costOfExternalSecret, costOfManagedSecret, costOfStore } from '../../../src/view/object-cost.ts';
import { anyKind, kindsOf } from '../../../src/view/own-kinds.ts';
import { anySupporting } from '../../../src/view/supporting-kind.ts';
import { managedSecretKind } from '../../../src/view/supporting-kinds.ts';
import { object } from '../resolve/entries.ts';
import { consumerKinds } from '../../../src/restart/consumer/consumer.ts';
import { consumerKindOf } from '../../../src/view/consumer-kinds.ts';

const KIB = 1024;

function externalSecret(entries: number, status?: object): ExternalSecretObject {
  const data = Array.from({ length: entries }, (_, index) => ({
    secretKey: `key-${index}`,
    remoteRef: { key: `team/app/secret-${index}` },
  }));
  return { spec: { secretStoreRef: { name: 'aws' }, data }, ...(status && { status }) } as unknown as ExternalSecretObject;
}

function synced(entries: number): object {
  const condition = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'm'.repeat(300), observedGeneration: 1 };
  const sources = Array.from({ length: entries }, (_, index) => ({
    key: `team/app/secret-${index}`,
    versionId: 'v'.repeat(64),
    createdDate: 'd'.repeat(24),
  }));
  return { conditions: [condition, { ...condition, type: 'Restarted' }], sources, content: 'c'.repeat(64) };
}

describe('cost of an object', () => {
  it('counts a small ExternalSecret as about 7 KiB, and each of its entries as three and a bit', () => {
    const one = costOfExternalSecret(externalSecret(1));
    expect(one).toBeGreaterThan(6 * KIB);
    expect(one).toBeLessThan(8 * KIB);
    const each = (costOfExternalSecret(externalSecret(500)) - one) / 499;
    expect(each).toBeGreaterThan(3 * KIB);
    expect(each).toBeLessThan(3.5 * KIB);
  });

  it('counts each restart target as half a KiB and its text', () => {
    const targets = Array.from({ length: 50 }, (_, index) => ({ kind: 'Deployment', name: `app-${index}` }));
    const { spec } = externalSecret(1);
    const restarting = { spec: { ...(spec as object), restart: { targets } } } as unknown as ExternalSecretObject;
    const each = (costOfExternalSecret(restarting) - costOfExternalSecret(externalSecret(1))) / 50;
    expect([each > KIB / 2, each < KIB]).toEqual([true, true]);
  });

  it('does not grow by what the operator writes into the status, but by what others write there', () => {
    for (const entries of [1, 10, 500])
      expect(costOfExternalSecret(externalSecret(entries, synced(entries)))).toBe(costOfExternalSecret(externalSecret(entries)));
    const forged = costOfExternalSecret(externalSecret(1, { conditions: [{ message: 'm'.repeat(100 * KIB) }] }));
    expect(forged).toBeGreaterThan(150 * KIB);
  });

  it('counts text twice, whatever holds it, and a store by its specification and status', () => {
    expect(bytesOf({ a: ['x'.repeat(1_000)], b: null, c: 1 })).toBeGreaterThan(2_000);
    const store = (spec: unknown, status?: object) => costOfStore({ spec, ...(status && { status }) } as unknown as StoreObject);
    expect(store({ a: 'x'.repeat(10 * KIB) }) - store({})).toBeGreaterThan(40 * KIB);
    expect(store({}, { conditions: [] })).toBe(store({}));
    expect(store({}, { identity: 'x'.repeat(10 * KIB) }) - store({})).toBeGreaterThan(10 * KIB);
  });

  it('holds for whatever an older schema has let in', () => {
    for (const spec of [undefined, null, 'x', { data: 'x', restart: null }, { data: null, restart: { targets: {} } }])
      expect(costOfExternalSecret({ spec } as unknown as ExternalSecretObject)).toBeGreaterThan(3 * KIB);
  });
});

describe('cost of what is kept of objects of others', () => {
  const digestKey = { id: 'k1', bytes: Buffer.alloc(32, 1) };
  const digest = `k1:${'h'.repeat(43)}`;
  const source = { key: 'team/app/db', stage: 'AWSCURRENT', versionId: 'v'.repeat(36), createdDate: '2026-01-01T00:00:00.000Z' };

  function secret(keys: readonly string[], record: object): ManagedSecret {
    const owner = { apiVersion: 'keytender.dev/v1', kind: 'ExternalSecret', name: 'orders', uid: 'es-orders', controller: true };
    const written = { writer: 'orders', generation: 1, inputs: digest, content: digest, sources: [source], ...record };
    const metadata = {
      ...object('Secret', 'orders', 'team').metadata,
      annotations: { [keytender.records.annotation(owner.uid)]: JSON.stringify(written) },
      ownerReferences: [owner],
    };
    const raw = { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(keys.map((name) => [name, 'eA=='])) };
    return reduceSecret({ digestKey, dialect: keytender }, raw, [owner.uid]);
  }

  it('lets 10,000 ExternalSecrets with Secrets of 20 keys in one namespace, and 20,000 small ones in all, fit into a container with 512 MiB', () => {
    const names = Array.from({ length: 20 }, (_, index) => `DATABASE_SETTING_${index}`);
    const each = costOfManagedSecret(secret(names, {}));
    expect(each).toBeGreaterThan(2.5 * KIB);
    const view = createClusterView({
      kinds: [...kindsOf(keytender), ...consumerKinds.map((kind) => anyKind(consumerKindOf(kind, keytender)))],
      supporting: [anySupporting(managedSecretKind(keytender))],
      memory: memoryForObjects({ container: 512 * KIB * KIB, machine: 2 ** 40, heap: 2 ** 40 }),
    });
    const { budget } = view.supporting.get(managedSecretKind(keytender).id) as BudgetedStore<KubeObject>;
    expect(10_000 * each).toBeLessThan(budget.shareOf('team').most);
    expect(20_000 * costOfManagedSecret(secret(['password'], {}))).toBeLessThan(budget.total);
    const small = costOfExternalSecret(externalSecret(1));
    const own = ownKind(view, keytender.kinds.externalSecret).budget;
    expect([10_000 * small < own.shareOf('team').most, 20_000 * small < own.total]).toEqual([true, true]);
  });

  it('does not grow by a rotation, nor by the loss of the digest key', () => {
    const first = costOfManagedSecret(secret(['password'], {}));
    const rotated = { sources: [{ ...source, versionId: 'w'.repeat(36) }], changedAt: '2026-01-02T00:00:00.000Z', digest };
    expect(costOfManagedSecret(secret(['password'], rotated))).toBe(first);
    const parameter = (versionId: string) => costOfManagedSecret(secret(['password'], { sources: [{ key: '/team/db', versionId }] }));
    expect(parameter('9')).toBe(parameter('1000'));
  });

  it('counts what a forged record holds, and what is known by name as nothing of it', () => {
    const forged = secret([], { sources: Array.from({ length: 100 }, () => ({ key: 'k'.repeat(2_000), versionId: 'v' })) });
    expect(costOfManagedSecret(forged)).toBeGreaterThan(390 * KIB);
    const named = nameOnlySecret(forged, 1);
    expect([costOfManagedSecret(named) < 2 * KIB, JSON.stringify(named).length < 500]).toEqual([true, true]);
  });
});
