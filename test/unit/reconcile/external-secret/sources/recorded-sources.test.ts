import { describe, expect, it } from '@jest/globals';
import type { RecordedSource } from '../../../../../src/apply/port.ts';
import { RecordedSources } from '../../../../../src/reconcile/external-secret/sources/recorded-sources.ts';
import type { Entry } from '../../../../../src/resolve/entries/plan-references.ts';
import { entriesOf } from '../subjects.ts';

const versionOf = (entry: Entry, sources: readonly RecordedSource[]) => new RecordedSources(sources).of(entry)?.versionId;

describe('recorded sources', () => {
  const [current, previous, pinned] = entriesOf({ key: 'db' }, { key: 'db', version: 'AWSPREVIOUS' }, { key: 'db', version: 'uuid/v7' });
  const sources = [
    { key: 'db', versionId: 'v7' },
    { key: 'db', stage: 'AWSPREVIOUS', versionId: 'v1' },
    { key: 'db', stage: 'AWSCURRENT', versionId: 'v2' },
    { key: 'other', stage: 'AWSCURRENT', versionId: 'v3' },
  ];

  it('finds an entry by key and by what was asked for', () => {
    expect([current, previous, pinned].map((entry) => versionOf(entry!, sources))).toEqual(['v2', 'v1', 'v7']);
    expect([current, previous, pinned].map((entry) => versionOf(entry!, sources.slice(3)))).toEqual([undefined, undefined, undefined]);
  });

  it('keeps tags apart from every version of the value', () => {
    const [tags, value, id] = entriesOf({ key: 'db', metadataPolicy: 'Fetch' }, { key: 'db' }, { key: 'db', version: 'uuid/tags-1' });
    const ofTags = { key: 'db', tags: true, versionId: 'tags-1' } as const;
    const [pinned, current] = [sources[0]!, sources[2]!];
    expect([tags, value, id].map((entry) => versionOf(entry!, [pinned, current, ofTags]))).toEqual(['tags-1', 'v2', undefined]);
    expect(versionOf(tags!, [pinned, current])).toBeUndefined();
  });

  it('keeps versions of two stores apart, though key and stage are equal', () => {
    const other = { ...current!, storeRef: { kind: 'ClusterSecretStore', name: 'other' } } as const;
    const ofOther = { ...sources[2]!, store: 'ClusterSecretStore/other', versionId: 'v9' };
    expect([current!, other].map((entry) => versionOf(entry, [ofOther, sources[2]!]))).toEqual(['v2', 'v9']);
    expect(versionOf(other, [sources[2]!])).toBeUndefined();
    expect(versionOf({ ...other, storeRef: { name: 'other' } }, [ofOther])).toBeUndefined();
  });

  it('takes the first of two that are recorded for the same', () => {
    expect(versionOf(current!, [sources[2]!, { ...sources[2]!, versionId: 'v9' }])).toBe('v2');
  });

  it('tells a stage from a key that begins like it', () => {
    const [odd] = entriesOf({ key: 'b', version: 'a' });
    expect(versionOf(odd!, [{ key: '1 a b', stage: '', versionId: 'v1' }])).toBeUndefined();
  });
});
