import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import * as fc from 'fast-check';
import { recordsOn } from '../../../src/apply/record.ts';
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
