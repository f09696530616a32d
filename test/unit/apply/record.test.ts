import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import * as fc from 'fast-check';
import { recordsOn } from '../../../src/apply/record.ts';
import { recordLimits } from '../../../src/api/record-format.ts';
import { limits } from '../../../src/api/schema/schema-parts.ts';
import { annotationSizeProblem } from '../../../src/apply/annotation-size.ts';
import { MAX_HASHED_KEYS } from '../../../src/apply/managed-secret.ts';
import type { WriteRecord } from '../../../src/apply/port.ts';

const text = fc.string({ maxLength: 12 });
const source = fc.record(
  { key: text, store: text, versionId: text, stage: text, tags: fc.constant(true), createdDate: text },
  { requiredKeys: ['key', 'versionId'] },
);
const anyRecord = fc.record(
  {
    writer: text,
    inputs: text,
    content: text,
    sources: fc.array(source, { maxLength: 3 }),
    digest: text,
    keys: fc.array(text, { maxLength: 3 }),
    labels: fc.array(text, { maxLength: 3 }),
    annotations: fc.array(text, { maxLength: 3 }),
    changedAt: text,
  },
  { requiredKeys: ['writer', 'inputs', 'content', 'sources'] },
);

describe('the record annotation', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(keytender.records.parse(keytender.records.serialise(record as unknown as WriteRecord))).toEqual(record);
      }),
    );
  });

  it('reads back the largest records that are written', () => {
    const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
    const upTo = (max: number) => fc.integer({ min: max - 2, max });
    const names = upTo(limits.metadata).map((count) => many(count, () => `${'p'.repeat(253)}/${'n'.repeat(63)}`));
    const long = {
      key: 'k'.repeat(2_048),
      store: `ClusterSecretStore/${'s'.repeat(253)}`,
      stage: 'v'.repeat(256),
      versionId: '1'.repeat(64),
    };
    const sources = fc.oneof(
      upTo(limits.sources).map((count) => many(count, (index) => ({ key: `k${index}`, stage: 'AWSCURRENT', versionId: '1'.repeat(36) }))),
      fc.integer({ min: 70, max: 90 }).map((count) => many(count, () => long)),
    );
    const keys = fc
      .tuple(upTo(MAX_HASHED_KEYS), fc.integer({ min: 1, max: 18 }))
      .map(([count, length]) => many(count, (index) => `${index}`.padStart(length, 'k')));
    const fixed = { writer: 'w'.repeat(253), generation: Number.MAX_SAFE_INTEGER, inputs: 'i', content: 'c' };
    const sizes = { written: 0, refused: 0 };
    const largest = fc.record({ sources, keys, labels: names, annotations: names }, { requiredKeys: ['sources'] });
    fc.assert(
      fc.property(largest, (parts) => {
        const record = { ...fixed, ...parts } as unknown as WriteRecord;
        const json = keytender.records.serialise(record);
        const isWritten = annotationSizeProblem({ [keytender.records.annotation('u')]: json }, record) === undefined;
        sizes[isWritten ? 'written' : 'refused'] += 1;
        if (isWritten) expect(keytender.records.parse(json)).toEqual(record);
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(Math.min(sizes.written, sizes.refused)).toBeGreaterThan(5);
  });

  it.each([
    ['sources', { sources: Array.from({ length: limits.sources + 1 }, () => ({ key: '', versionId: '' })) }],
    ['labels', { labels: Array.from({ length: limits.metadata + 1 }, () => '') }],
    ['annotations', { annotations: Array.from({ length: limits.metadata + 1 }, () => '') }],
    ['keys', { keys: Array.from({ length: recordLimits.keys + 1 }, () => '') }],
    ['characters', { later: 'x'.repeat(recordLimits.characters) }],
  ])('counts a text with more %s than are written as no record', (_, more) => {
    const record = { writer: 'a', inputs: 'b', content: 'c', sources: [] };
    expect(keytender.records.parse(JSON.stringify(record))).toEqual(record);
    expect(keytender.records.parse(JSON.stringify({ ...record, ...more }))).toBeUndefined();
  });

  it('counts text of any other shape as no record, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (other) => {
        expect(keytender.records.parse(other)).toBeUndefined();
      }),
    );
  });

  it('drops what it does not know', () => {
    const record = { writer: 'a', inputs: 'b', content: 'c', sources: [] };
    expect(keytender.records.parse(JSON.stringify({ ...record, later: 1 }))).toEqual(record);
  });

  it('names the writer in the annotation', () => {
    expect(keytender.records.writerOf(keytender.records.annotation('some-uid'))).toBe('some-uid');
    expect(keytender.records.writerOf('example.com/record')).toBeUndefined();
  });

  it('finds all records of an object, and only records', () => {
    const record = { writer: 'a', inputs: 'b', content: 'c', sources: [] } as unknown as WriteRecord;
    const found = recordsOn(keytender.records, {
      [keytender.records.annotation('one')]: keytender.records.serialise(record),
      [keytender.records.annotation('two')]: 'not a record',
      [keytender.records.annotation('__proto__')]: keytender.records.serialise(record),
      other: keytender.records.serialise(record),
    });
    expect([...found.keys()]).toEqual(['one', '__proto__']);
    expect(recordsOn(keytender.records, undefined).size).toBe(0);
  });
});
