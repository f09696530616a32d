import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../../src/base/time/clock.ts';
import { interestsOf } from '../../../../../src/reconcile/external-secret/sources/interests.ts';
import type { Entry } from '../../../../../src/resolve/entries/plan-references.ts';
import { referenceKey } from '../../../../../src/source/references/reference-key.ts';
import { entriesOf, subject } from '../subjects.ts';

const facts = { keyOfReference: referenceKey, seen: [], whileFailing: undefined };

describe('interestsOf', () => {
  it('is one for each distinct reference, with the version in place', () => {
    const entries = entriesOf({ key: 'db' }, { key: 'db' }, { key: 'api' });
    const interests = interestsOf(subject({ entries }), facts);
    expect(interests.map(({ reference, heldVersionId, refreshInterval }) => [reference.secretId, heldVersionId, refreshInterval])).toEqual([
      ['db', 'v1', 60_000],
      ['api', undefined, 60_000],
    ]);
  });

  it('holds a version with the time at which it was made, as it is recorded or was read', () => {
    const entries = entriesOf({ key: 'db' }, { key: 'api' });
    const recorded = [{ key: 'db', stage: 'AWSCURRENT', versionId: 'v1', createdDate: '2026-01-01T00:00:00.000Z' }];
    const seen = [{ reference: entries[1]!.reference, key: 'api', versionId: 'v5', createdDate: '2026-01-02T00:00:00.000Z' }];
    expect(interestsOf(subject({ entries, recorded }), { ...facts, seen })).toMatchObject([
      { heldVersionId: 'v1', heldCreatedDate: '2026-01-01T00:00:00.000Z' },
      { heldVersionId: 'v5', heldCreatedDate: '2026-01-02T00:00:00.000Z' },
    ]);
  });

  it('takes what was read just now for what is held, also if it could not be used', () => {
    const [entry] = entriesOf({ key: 'db' });
    const seen = [{ reference: entry!.reference, key: 'db', versionId: 'v2' }];
    expect(interestsOf(subject(), { ...facts, seen })).toMatchObject([{ heldVersionId: 'v2' }]);
  });

  it('permits for a reference that two stores give only what both permit', () => {
    const [entry] = entriesOf({ key: 'db' });
    const through = (store: Partial<Entry['store']>): Entry => ({ ...entry!, store: { ...entry!.store, ...store } });
    const termsOf = (...entries: readonly Entry[]) =>
      interestsOf(subject({ entries }), facts).map(({ reliance, listedMaxAge, heldVersionId }) => [reliance, listedMaxAge, heldVersionId]);
    const [strict, loose] = [
      { reliance: { maxAge: ms(5) }, listedMaxAge: ms(7) },
      { reliance: { maxAge: ms(6) }, listedMaxAge: ms(6) },
    ];
    const expected = [[{ maxAge: 5 }, 6, 'v1']];
    expect(termsOf(through(strict), through(loose))).toEqual(expected);
    expect(termsOf(through(loose), through(strict))).toEqual(expected);
    expect(termsOf(through(strict), through({}))).toEqual([[undefined, undefined, 'v1']]);
    expect(termsOf(through({}), through(strict))).toEqual([[undefined, undefined, 'v1']]);
  });

  it('are in what was seen only, where that alone is more than may be read', () => {
    const entries = entriesOf({ key: 'db' }, { key: 'api' });
    const seen = [{ reference: entries[1]!.reference, key: 'api', versionId: 'v2' }];
    const interests = interestsOf(subject({ entries }), { ...facts, seen, onlySeen: true });
    expect(interests).toMatchObject([{ reference: { secretId: 'api' }, heldVersionId: 'v2' }]);
  });

  it('is without an interval, and in what is held only, where nothing is refreshed, unless a read has failed', () => {
    const onChange = subject({ refresh: { kind: 'OnChange' } });
    const [db] = onChange.entries;
    expect(interestsOf(onChange, facts)).toEqual([{ reference: db!.reference, heldVersionId: 'v1' }]);
    expect(interestsOf({ ...onChange, recorded: [] }, facts)).toEqual([]);
    expect(interestsOf(onChange, { ...facts, whileFailing: ms(5) })).toMatchObject([{ refreshInterval: 5 }]);
    expect(interestsOf(subject(), { ...facts, whileFailing: ms(5) })).toMatchObject([{ refreshInterval: 60_000 }]);
  });
});
