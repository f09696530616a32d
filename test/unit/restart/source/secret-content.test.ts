import { describe, expect, it } from '@jest/globals';
import type { WriteRecord } from '../../../../src/apply/port.ts';
import type { ContentId } from '../../../../src/base/digest.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { markerPrefixes } from '../../../../src/restart/source/marker.ts';
import { formerMarkers, secretContent } from '../../../../src/restart/source/secret-content.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const record = (writer: string, content: string, more: Partial<WriteRecord> = {}): WriteRecord => ({
  writer,
  inputs: 'i',
  content: content as ContentId,
  sources: [],
  ...more,
});

describe('secretContent', () => {
  it('is unknown without a record', () => {
    expect(secretContent([])).toBeUndefined();
  });

  it('is that of the only writer', () => {
    const changes = [{ sequence: 3, at: at(3), keys: ['a'] }];
    expect(secretContent([record('one', 'c', { sequence: 3, changes, changedAt: at(3) })])).toEqual({ sequence: 3, content: 'c', changes });
    expect(secretContent([record('one', 'c')])).toEqual({ sequence: 0, content: 'c', changes: [] });
    expect(secretContent([record('one', 'c', { changedAt: at(1) })])?.changes).toEqual([{ sequence: 0, at: at(1) }]);
  });

  it('has the number and the content id of the last write, and the changes of all writers', () => {
    const one = record('one', 'c1', {
      sequence: 5,
      changes: [3, 5].reverse().map((sequence) => ({ sequence, at: at(sequence), keys: [`k${sequence}`] })),
    });
    const two = record('two', 'c2', { sequence: 4, changes: [{ sequence: 4, at: at(4), keys: ['b'] }] });
    for (const records of [
      [one, two],
      [two, one],
    ]) {
      const content = secretContent(records);
      expect(content).toMatchObject({ sequence: 5, content: 'c1' });
      expect(content?.changes.map(({ sequence }) => sequence)).toEqual([5, 4, 3]);
    }
  });

  it('of several writers from before changes were counted differs for each content, whatever the order', () => {
    const of = (...contents: readonly string[]) => secretContent(contents.map((content) => record(content, content)))?.content;
    expect(of('c1', 'c2')).toBe(of('c2', 'c1'));
    expect(new Set([of('c1', 'c2'), of('c1', 'c3'), of('c1'), of('c1', 'c1', 'c2')]).size).toBe(4);
    expect(of('c1', 'c2')).toMatch(/^all:[A-Za-z0-9_-]{43}$/);
  });

  it('stays within bounds, however many write to it', () => {
    const records = Array.from({ length: 500 }, (_, index) =>
      record(`w${index}`, `c${index}`, {
        sequence: index + 1,
        changes: [{ sequence: index + 1, at: at(index), keys: Array.from({ length: 100 }, (__, key) => `k${index}-${key}`) }],
      }),
    );
    const { changes = [] } = secretContent(records) ?? {};
    expect(changes.length).toBeLessThanOrEqual(64);
    expect(changes.flatMap(({ keys = [] }) => keys).length).toBeLessThanOrEqual(2_000);
    expect(changes.at(-1)).not.toHaveProperty('keys');
  });
});

describe('formerMarkers', () => {
  it('are those of each writer with its content', () => {
    const records = [record('one', 'c1', { keys: ['a'] }), record('two', 'c2', { keys: ['b'] })];
    expect(formerMarkers(markerPrefixes(keytender.annotations), 'db', records)).toEqual([
      { name: 'restart.keytender.dev/db_one', content: 'c1' },
      { name: 'restart.keytender.dev/db.one', content: 'c1' },
      { name: 'restart.keytender.dev/db_two', content: 'c2' },
      { name: 'restart.keytender.dev/db.two', content: 'c2' },
    ]);
  });
});
