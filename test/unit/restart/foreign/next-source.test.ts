// Digests of an object and the changes between two of them.
import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, dictionary, integer, property } from 'fast-check';
import { withChange } from '../../../../src/restart/foreign/bounded-changes.ts';
import { contentOfEntry, nextAbsent, nextPresent, type ReadObject, type Round } from '../../../../src/restart/foreign/next-source.ts';
import { MAX_KEYS, readSource, REST, type ConsumedKeys, type SourceObject } from '../../../../src/restart/foreign/read-source.ts';
import { sourceKey, type SourceEntry } from '../../../../src/restart/ledger/entry.ts';
import { entryText, MAX_ENTRY, parseEntry } from '../../../../src/restart/ledger/entry-text.ts';
import type { ContentChange } from '../../../../src/restart/source/content.ts';
import { key } from './foreign-world.ts';

const name = { kind: 'ConfigMap', namespace: 'team', name: 'colors' } as const;
const round: Round = { key, rules: { onCreate: false, onDelete: false }, at: '2026-01-01T00:00:00.000Z' };

function object(data: Record<string, string>, version = 1, binaryData: Record<string, string> = {}): SourceObject {
  const metadata = {
    name: 'colors',
    namespace: 'team',
    uid: 'u',
    resourceVersion: String(version),
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data, binaryData };
}

function seen(of: SourceObject, consumed: ConsumedKeys = 'all'): ReadObject {
  return { metadata: of.metadata, read: readSource(key, 'ConfigMap', of, consumed), marks: [], readAs: 'default' };
}

const after = (...objects: readonly ReadObject[]): SourceEntry => {
  let entry: SourceEntry | undefined;
  for (const each of objects) entry = nextPresent(entry, name, each, round);
  return entry!;
};

describe('the digests of an object', () => {
  it('key added/removed; empty↔non-empty; nil data', () => {
    const states: Record<string, string>[] = [{}, { a: '' }, { a: 'x' }, { a: 'x', b: '' }, { b: '' }, {}];
    const changes = after(...states.map((data, at) => seen(object(data, at + 1)))).changes.map(({ keys }) => keys);
    expect(changes.toReversed()).toEqual([['a'], ['a'], ['b'], ['a'], ['b']]);
    const { data: _none, ...bare } = object({});
    expect(readSource(key, 'ConfigMap', bare, 'all').digests).toEqual({});
  });

  it('have no ambiguous encoding', () => {
    expect(after(seen(object({ a: '1;b=2' })), seen(object({ a: '1', b: '2' }, 2))).sequence).toBe(2);
  });

  it('binaryData', () => {
    const entry = after(seen(object({}, 1, { a: 'AAA=' })), seen(object({}, 2, { a: 'AAE=' })));
    expect(entry.changes).toMatchObject([{ keys: ['a'] }]);
    // The pods see the same bytes.
    expect(after(seen(object({ a: 'x' })), seen(object({}, 2, { a: 'eA==' }))).sequence).toBe(1);
  });

  it('differ by object and by key of the installation', () => {
    const digest = (of: SourceObject, by = key) => readSource(by, 'ConfigMap', of, 'all').digests['a'];
    const other = { ...object({ a: 'x' }), metadata: { ...object({}).metadata, name: 'other' } };
    expect(digest(object({ a: 'x' }))).not.toBe(digest(other));
    expect(digest(object({ a: 'x' }))).not.toBe(digest(object({ a: 'x' }), { id: 'k1', bytes: new Uint8Array(32) }));
  });

  it('are at most 64 and one for the rest, whose change concerns any key', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`key-${String(n).padStart(3, '0')}`, 'x']));
    const first = seen(object(many));
    expect(Object.keys(first.read.digests)).toHaveLength(MAX_KEYS + 1);
    expect(Object.keys(first.read.digests)).toContain(REST);
    const late = after(first, seen(object({ ...many, 'key-150': 'y' }, 2)));
    expect(late.changes).toEqual([{ sequence: 2, at: round.at }]);
    const early = after(first, seen(object({ ...many, 'key-003': 'y' }, 2)));
    expect(early.changes).toMatchObject([{ keys: ['key-003'] }]);
  });

  it('of keys that have names of the language are digests as others are', () => {
    const data = JSON.parse('{"__proto__": "1", "constructor": "2"}') as Record<string, string>;
    const changed = JSON.parse('{"__proto__": "1", "constructor": "3"}') as Record<string, string>;
    const keys = new Set(['constructor', 'toString']);
    expect(after(seen(object(data), keys), seen(object(changed, 2), keys)).changes).toMatchObject([{ keys: ['constructor'] }]);
    expect(after(seen(object(data)), seen(object(changed, 2))).changes).toMatchObject([{ keys: ['constructor'] }]);
    const proto = JSON.parse('{"__proto__": "9", "constructor": "2"}') as Record<string, string>;
    for (const consumed of ['all', new Set(['__proto__'])] as const) {
      const stored = parseEntry(
        sourceKey(name.kind, name.namespace, name.name),
        entryText(after(seen(object(data), consumed))),
      ) as SourceEntry;
      expect(nextPresent(stored, name, seen(object(data, 2), consumed), round).sequence).toBe(1);
      expect(nextPresent(stored, name, seen(object(proto, 2), consumed), round).sequence).toBe(2);
    }
  });

  it('have the same bound for an object of 1 MiB with 20,000 keys', () => {
    const data = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, 'x'.repeat(40)]));
    expect(Object.keys(seen(object(data)).read.digests)).toHaveLength(MAX_KEYS + 1);
  });
});

describe('the changes of a source', () => {
  it('are as many as the times that its data differs from before, whatever is consumed', () => {
    const data = dictionary(constantFrom('a', 'b', 'c'), constantFrom('', '1', '2'));
    assert(
      property(array(data, { minLength: 1, maxLength: 12 }), (states) => {
        const entry = after(...states.map((state, at) => seen(object(state, at + 1))));
        const changes = states.filter(
          (state, at) => at > 0 && JSON.stringify(sorted(state)) !== JSON.stringify(sorted(states[at - 1]!)),
        ).length;
        expect(entry.sequence).toBe(1 + changes);
        expect(entry.changes).toHaveLength(changes);
      }),
    );
  });

  it('never concern a key whose value stayed the same', () => {
    const data = dictionary(constantFrom('a', 'b', 'c'), constantFrom('', '1', '2'));
    assert(
      property(data, data, (first, second) => {
        const { changes } = after(seen(object(first)), seen(object(second, 2)));
        const differing = ['a', 'b', 'c'].filter((each) => first[each] !== second[each]);
        expect([...(changes[0]?.keys ?? [])].toSorted()).toEqual(differing);
      }),
    );
  });

  it('are bounded: 16, with 200 names, and the entry fits into the ledger', () => {
    const long = Array.from({ length: 64 }, (_, n) => `${'k'.repeat(250)}${n}`);
    let entry = after(seen(object(Object.fromEntries(long.map((each) => [each, '0'])))));
    for (let n = 1; n < 40; n += 1)
      entry = nextPresent(entry, name, seen(object(Object.fromEntries(long.map((each) => [each, String(n)])), n + 1)), round);
    expect(entry.sequence).toBe(40);
    expect(Buffer.byteLength(JSON.stringify(entryText(entry)))).toBeLessThan(MAX_ENTRY);
    assert(
      property(array(integer({ min: 0, max: 40 }), { maxLength: 40 }), (counts) => {
        let changes: readonly ContentChange[] = [];
        for (const [at, count] of counts.entries())
          changes = withChange(changes, { sequence: at + 1, at: round.at, keys: Array.from({ length: count }, (_, n) => `k${n}`) });
        expect(changes.length).toBeLessThanOrEqual(16);
        expect(changes.reduce((sum, { keys }) => sum + (keys?.length ?? 0), 0)).toBeLessThanOrEqual(200);
        // What was left out is covered by an entry without names.
        if (changes.length < counts.length) expect(changes.at(-1)?.keys).toBeUndefined();
      }),
    );
  });

  it('are none if the digest key was lost, although the version has moved', () => {
    const lost = { ...round, key: { id: 'k2', bytes: new Uint8Array(32).fill(9) } };
    const before = after(seen(object({ a: '1' })));
    const again = object({ a: '1' }, 2);
    const next = nextPresent(before, name, { ...seen(again), read: readSource(lost.key, 'ConfigMap', again, 'all') }, lost);
    expect(next).toMatchObject({ sequence: 1, content: before.content, changes: [], digestKey: 'k2' });
  });

  it('a deletion that is no content keeps the digests for the next object', () => {
    const gone = nextAbsent(after(seen(object({ a: '1' }))), name, 'default', round);
    expect(contentOfEntry(gone, round.rules)).toBe('absent');
    expect(nextPresent(gone, name, seen(object({ a: '1' }, 9)), round).sequence).toBe(1);
    expect(nextPresent(gone, name, seen(object({ a: '2' }, 9)), round).changes).toMatchObject([{ sequence: 2, keys: ['a'] }]);
  });
});

function sorted(data: Record<string, string>): [string, string][] {
  return Object.entries(data).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
