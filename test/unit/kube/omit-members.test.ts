import { describe, expect, it } from '@jest/globals';
import { assert, dictionary, jsonValue, property, record, string, type Arbitrary } from 'fast-check';
import { parseWithout, withoutMembers } from '../../../src/kube/omit-members.ts';

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
