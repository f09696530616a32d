import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { boundedChanges, changesOf, MAX_SEQUENCE, nextSequence, type RecordedChange } from '../../../src/api/content-changes.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { changeLimits } from '../../../src/api/record-format.ts';

const AT = '2026-01-01T00:00:00.000Z';
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const anyKeys = fc.option(fc.subarray(NAMES, { minLength: 1 }), { nil: undefined, freq: 8 });

/** The number of the last change of a key: the first entry that names it, or names none. */
const lastOf = (changes: readonly RecordedChange[], name: string): number =>
  changes.find(({ keys }) => keys?.includes(name) !== false)?.sequence ?? 0;

const recorded = (history: readonly (readonly string[] | undefined)[], limits = changeLimits): readonly RecordedChange[] => {
  let changes: readonly RecordedChange[] = [];
  for (const [index, keys] of history.entries()) {
    changes = boundedChanges([{ sequence: index + 1, at: AT, ...(keys && { keys }) }, ...changes], limits);
  }
  return changes;
};

describe('boundedChanges', () => {
  it('has the last change of each key, however often others change', () => {
    fc.assert(
      fc.property(fc.array(anyKeys, { maxLength: 60 }), (history) => {
        const changes = recorded(history);
        for (const name of NAMES) {
          const expected = history.findLastIndex((keys) => keys?.includes(name) !== false) + 1;
          expect(lastOf(changes, name)).toBe(expected);
        }
        expect(changes.length).toBeLessThanOrEqual(changeLimits.entries);
      }),
    );
  });

  it('never hides a change and stays within every limit', () => {
    const anyLimits = fc.record({
      entries: fc.integer({ min: 1, max: 4 }),
      names: fc.integer({ min: 1, max: 5 }),
      characters: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(anyKeys, { maxLength: 40 }), anyLimits, (history, limits) => {
        const changes = recorded(history, limits);
        for (const name of NAMES) {
          expect(lastOf(changes, name)).toBeGreaterThanOrEqual(history.findLastIndex((keys) => keys?.includes(name) !== false) + 1);
        }
        const names = changes.flatMap(({ keys = [] }) => keys);
        expect(changes.length).toBeLessThanOrEqual(limits.entries);
        expect(names.length).toBeLessThanOrEqual(Math.min(limits.names, limits.characters));
        expect(changes.slice(0, -1).every(({ keys }) => keys !== undefined)).toBe(true);
      }),
    );
  });

  it('keeps the times of the last changes of a single key', () => {
    expect(recorded(Array.from({ length: 40 }, () => ['a'])).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: changeLimits.entries }, (_, index) => 40 - index),
    );
  });
});

describe('changesOf', () => {
  it('takes the time of a record from before changes were counted', () => {
    expect(changesOf({})).toEqual([]);
    expect(changesOf({ changedAt: AT })).toEqual([{ sequence: 0, at: AT }]);
    expect(changesOf({ changedAt: 'x'.repeat(500) })).toEqual([{ sequence: 0, at: '' }]);
    expect(changesOf({ changedAt: AT, sequence: 3, changes: [] })).toEqual([]);
  });
});

describe('nextSequence', () => {
  it('counts all records on, from one, and no further than a number is exact', () => {
    expect(nextSequence([])).toBe(1);
    expect(nextSequence([undefined, 4, 2])).toBe(5);
    expect(nextSequence([MAX_SEQUENCE])).toBe(MAX_SEQUENCE);
  });
});

describe('a record that another client has written', () => {
  const parse = (more: object) => keytender.records.parse(JSON.stringify({ writer: 'a', inputs: 'b', content: 'c', sources: [], ...more }));
  const change = { sequence: 1, at: AT };

  it.each([
    ['a number beyond those that are counted', { sequence: MAX_SEQUENCE + 1 }],
    ['a negative number', { sequence: -1 }],
    ['a fraction', { sequence: 1.5 }],
    ['the number of a change', { changes: [{ ...change, sequence: 2 ** 53 }] }],
    ['too many changes', { changes: Array.from({ length: changeLimits.entries + 1 }, () => change) }],
    ['too many names', { changes: [{ ...change, keys: Array.from({ length: changeLimits.names + 1 }, () => 'k') }] }],
    ['too many names in all', { changes: [1, 2].map(() => ({ ...change, keys: Array.from({ length: 101 }, () => 'k') })) }],
    ['a long name', { changes: [{ ...change, keys: ['k'.repeat(254)] }] }],
    ['a long time', { changes: [{ ...change, at: 'x'.repeat(41) }] }],
  ])('is none with %s', (_what, more) => {
    expect(parse({ sequence: 1, changes: [change] })).toMatchObject({ sequence: 1, changes: [change] });
    expect(parse(more)).toBeUndefined();
  });
});
