import { describe, expect, it } from '@jest/globals';
import { assert, dictionary, jsonValue, property, record, string, type Arbitrary } from 'fast-check';
import { MANAGED_FIELDS, MAX_MEMBERS, parseBounded, parseWithout, withoutMembers } from '../../../../src/kube/rest/omit-members.ts';

type Members = Readonly<Record<string, unknown>>;

const omitted = new Map([
  ['labels', 0],
  ['managedFields', 0],
  ['annotations', 20],
]);

/** The same by way of objects. */
function without(metadata: Members): Members {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key, value]) => JSON.stringify(value).length <= (omitted.get(key) ?? Number.POSITIVE_INFINITY)),
  );
}

const key = string({ unit: 'binary', maxLength: 4 });
const anything = jsonValue({ stringUnit: 'binary' });
const metadata: Arbitrary<Members> = record(
  {
    name: anything,
    labels: anything,
    'a"\\': anything,
    annotations: anything,
    metadata: record({ labels: anything }),
    managedFields: anything,
  },
  { requiredKeys: [] },
);
const object = record({ metadata, spec: record({ metadata, labels: anything }), others: dictionary(key, anything) });

describe('members that are left out of a JSON text', () => {
  it('are those of the metadata of an object in a watch event, and nothing else is touched', () => {
    assert(
      property(object, (one) => {
        const text = JSON.stringify({ type: 'ADDED', object: one });
        const plain = JSON.parse(text) as { object: typeof one };
        const expected = { type: 'ADDED', object: { ...plain.object, metadata: without(plain.object.metadata) } };
        expect(JSON.parse(withoutMembers(text, 2, omitted))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('are those of each object of a list', () => {
    const item = { metadata: { labels: { a: 'b' }, name: 'x' }, spec: { metadata: { labels: {} } } };
    const text = JSON.stringify({
      metadata: { labels: 'of the list' },
      items: [item, item, { metadata: { managedFields: [{ a: '}' }] } }],
    });
    const left = { metadata: { name: 'x' }, spec: { metadata: { labels: {} } } };
    expect(JSON.parse(withoutMembers(text, 3, omitted))).toEqual({
      metadata: { labels: 'of the list' },
      items: [left, left, { metadata: {} }],
    });
  });

  it('leave what is no JSON to the parser', () => {
    const text = `{"object":{"metadata":{"labels":{"a":"${'x'.repeat(100_000)}`;
    expect(() => parseWithout(text, 2, omitted)).toThrow(SyntaxError);
    expect(() => parseWithout(']'.repeat(100_000), 2, omitted)).toThrow(SyntaxError);
  });
});

describe('objects with too many members', () => {
  const many = (count: number): Members => Object.fromEntries(Array.from({ length: count }, (_, n) => [`key-${n}`, '']));
  const identity = { name: 'db', namespace: 'team-a', uid: 'u', resourceVersion: '7', generation: 2 };
  const metadata = { ...identity, labels: { a: 'b' }, annotations: { c: 'd' }, managedFields: [{}] };
  const line = (object: Members): string => JSON.stringify({ type: 'MODIFIED', object });

  it('are given as what identifies them, wherever the members are', () => {
    const reduced = { value: { type: 'MODIFIED', object: { metadata: identity } }, reduced: true };
    expect(parseBounded(line({ metadata, data: many(120_000) }), 2, MANAGED_FIELDS)).toEqual(reduced);
    expect(parseBounded(line({ data: many(120_000), metadata }), 2, MANAGED_FIELDS)).toEqual(reduced);
    const nested = { selector: many(MAX_MEMBERS / 2), template: { metadata: { labels: many(MAX_MEMBERS / 2) } } };
    expect(parseBounded(line({ spec: nested, metadata }), 2, MANAGED_FIELDS)).toEqual(reduced);
  });

  it('lose labels and annotations only, where that is enough', () => {
    const object = { metadata: { ...metadata, annotations: many(20_000) }, spec: { entries: [{ a: 1 }] } };
    const value = { type: 'MODIFIED', object: { metadata: identity, spec: object.spec } };
    expect(parseBounded(line(object), 2, MANAGED_FIELDS)).toEqual({ value, reduced: true });
  });

  it('are read as they are up to the limit, what is left out not counted', () => {
    const object = { metadata: { ...identity, managedFields: [many(20_000)] }, data: many(MAX_MEMBERS - 10) };
    const value = { metadata: identity, data: object.data };
    expect(parseBounded(JSON.stringify(object), 1, MANAGED_FIELDS)).toEqual({ value, reduced: false });
  });

  it('leave the other objects of a list as they are', () => {
    const small = { metadata: { name: 'a', labels: { a: 'b' }, annotations: { 'x"}': '{' } }, data: { a: '' } };
    const without = { metadata: { ...small.metadata, managedFields: [{}] }, data: small.data };
    const large = { metadata, data: many(20_000) };
    const text = JSON.stringify({ metadata: { resourceVersion: '9' }, items: [without, large, without, large, large, without] });
    const cut = { metadata: identity };
    expect(parseBounded(text, 3, MANAGED_FIELDS)).toEqual({
      value: { metadata: { resourceVersion: '9' }, items: [small, cut, small, cut, cut, small] },
      reduced: true,
    });
  });
});
