import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { ManagedSecret } from '../../../../src/apply/managed-secret.ts';
import { targetShapeHolds } from '../../../../src/reconcile/external-secret/target-shape.ts';
import { object } from '../../resolve/entries.ts';

const owner = { apiVersion: 'v1', kind: 'ExternalSecret', name: 'orders', uid: 'u', controller: true };
const managed = { [keytender.labels.managed]: 'true' };

function secret(metadata: object, rest: Partial<ManagedSecret> = {}): ManagedSecret {
  return {
    ...object('Secret', 'orders', 'team', { labels: managed, ...metadata }),
    type: 'Opaque',
    immutable: false,
    records: new Map(),
    writers: new Set(),
    hasOtherRecords: false,
    hasOtherOwners: false,
    ...rest,
  };
}

const holds = (live: ManagedSecret, target: object = {}) =>
  targetShapeHolds(live, { secretStoreRef: { name: 's' }, target }, 'u', keytender.labels);
const owned = (rest: Partial<ManagedSecret> = {}, metadata: object = {}) => secret({ ownerReferences: [owner], ...metadata }, rest);

describe('targetShapeHolds', () => {
  it('wants an owner reference of an owner, and none of the others', () => {
    expect(holds(owned())).toBe(true);
    expect(holds(secret({}))).toBe(false);
    expect(holds(secret({ ownerReferences: [{ ...owner, controller: false }] }))).toBe(false);
    for (const creationPolicy of ['Orphan', 'Merge']) {
      expect([holds(secret({}), { creationPolicy }), holds(owned(), { creationPolicy })]).toEqual([true, false]);
    }
  });

  it('wants type and immutability, but not of a Secret that is merged into', () => {
    expect(holds(owned({ type: 'x' }))).toBe(false);
    expect(holds(owned({ type: 'x' }), { template: { type: 'x' } })).toBe(true);
    expect(holds(owned({ immutable: true }))).toBe(false);
    expect(holds(owned({ immutable: true }), { immutable: true })).toBe(true);
    expect(holds(secret({}, { type: 'x', immutable: true }), { creationPolicy: 'Merge' })).toBe(true);
  });

  it('wants the label of ours and the metadata of the template, whatever else there is', () => {
    const template = { metadata: { labels: { a: '1' }, annotations: { b: '2' } } };
    expect(holds(owned({}, { labels: {} }))).toBe(false);
    expect(holds(owned({}, { labels: { ...managed, a: '1', c: '3' }, annotations: { b: '2' } }), { template })).toBe(true);
    expect(holds(owned({}, { labels: { ...managed, a: '2' }, annotations: { b: '2' } }), { template })).toBe(false);
    expect(holds(owned({}, { labels: { ...managed, a: '1' } }), { template })).toBe(false);
    expect(holds(owned({}, { labels: managed }), { template: { metadata: { labels: { constructor: 'x' } } } })).toBe(false);
  });
});
