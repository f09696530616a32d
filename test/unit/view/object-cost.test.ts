// The estimated memory of an object: near the real size, equal before and after its first sync, and cheap to compute.
import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretObject } from '../../../src/api/schema/external-secret.ts';
import type { StoreObject } from '../../../src/api/schema/secret-store.ts';
import { bytesOf, costOfExternalSecret, costOfStore } from '../../../src/view/object-cost.ts';

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
  it('counts a small ExternalSecret as about 9 KiB, and each of its entries as three and a bit', () => {
    const one = costOfExternalSecret(externalSecret(1));
    expect(one).toBeGreaterThan(8 * KIB);
    expect(one).toBeLessThan(10 * KIB);
    const each = (costOfExternalSecret(externalSecret(500)) - one) / 499;
    expect(each).toBeGreaterThan(3 * KIB);
    expect(each).toBeLessThan(3.5 * KIB);
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
      expect(costOfExternalSecret({ spec } as unknown as ExternalSecretObject)).toBeGreaterThan(5 * KIB);
  });
});
