import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { SecretObject } from '../../../src/api/object/object.ts';
import { contentDigest, liveDigest } from '../../../src/apply/content-digest.ts';
import { anyValues, dataOf, encoded, key, NAMESPACE, otherKey, SECRET, sorted, type Values } from './requests.ts';

const name = { namespace: NAMESPACE, name: SECRET };
const bytesOf = (values: Values) => new Map([...dataOf(values)].map(([field, value]) => [field, value.reveal()]));
const digest = (values: Values) => contentDigest(key, name, bytesOf(values));

function live(values: Values | undefined, metadata: object = {}): SecretObject {
  const standard = { ...name, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { ...standard, ...metadata }, ...(values && { data: encoded(values) }) };
}

describe('contentDigest', () => {
  it('is equal for two contents if and only if they are equal, in whatever order', () => {
    fc.assert(
      fc.property(anyValues, anyValues, (one, two) => {
        expect(digest(one) === digest(two)).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(two)));
        expect(digest(Object.fromEntries(Object.entries(one).reverse()))).toBe(digest(one));
      }),
    );
  });

  it('does not confuse a key with the value before it', () => {
    expect(digest({ a: 'bc' })).not.toBe(digest({ ab: 'c' }));
    expect(digest({ a: '', b: '' })).not.toBe(digest({ a: 'b' }));
  });

  it('differs by key, namespace and name', () => {
    const data = bytesOf({ password: 'one' });
    const digests = [
      contentDigest(key, name, data),
      contentDigest(otherKey, name, data),
      contentDigest(key, { ...name, name: 'other' }, data),
      contentDigest(key, { ...name, namespace: 'other' }, data),
    ];
    expect(new Set(digests).size).toBe(4);
  });
});

describe('liveDigest', () => {
  it('is the digest of what was written', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        expect(liveDigest(key, live(values))).toBe(digest(values));
        expect(liveDigest(key, live({ ...values, theirs: 'x' }), Object.keys(values))).toBe(digest(values));
      }),
    );
  });

  it('takes a Secret without data as empty, and shows the loss of a key', () => {
    expect(liveDigest(key, live(undefined))).toBe(digest({}));
    expect(liveDigest(key, live({ a: '1' }), ['a', 'b'])).not.toBe(liveDigest(key, live({ a: '1', b: '2' }), ['a', 'b']));
  });

  it('reads no member of Object.prototype as a key', () => {
    expect(liveDigest(key, live({}), ['constructor', '__proto__'])).toBe(digest({}));
  });
});
