import { describe, expect, it } from '@jest/globals';
import { fail } from '../../../../src/failure/failure.ts';
import { ok } from '../../../../src/base/result.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { TimeSlices, type SlicedWork } from '../../../../src/base/time/time-slices.ts';
import { combineValues as outcomesOf } from '../../../../src/resolve/entries/combine-values.ts';
import { wholeSecret } from '../../../../src/resolve/entries/entry-outcomes.ts';
import type { Entry } from '../../../../src/resolve/entries/plan-references.ts';
import { onlyStore, planned } from '../entries.ts';

const entriesOf = (...properties: readonly (string | undefined)[]): readonly Entry[] => {
  const data = properties.map((property, index) => ({
    secretKey: `k${index}`,
    remoteRef: { key: 'db', ...(property === undefined ? {} : { property }) },
  }));
  return planned({ secretStoreRef: { name: 's' }, data }, onlyStore());
};

const extracts = (count: number): readonly Entry[] =>
  planned({ secretStoreRef: { name: 's' }, dataFrom: Array.from({ length: count }, () => ({ extract: { key: 'db' } })) }, onlyStore());

/** Counts how often the loop could have been given back. */
function counted(): SlicedWork & { count: number } {
  const work = { count: 0, isUsedUp: true, checkpoint: () => Promise.resolve(void (work.count += 1)) };
  return work;
}

const combineValues = async (entries: readonly Entry[], valueOf: () => SecretValue, work: SlicedWork) =>
  wholeSecret(await outcomesOf(entries, () => ok(valueOf()), work));

const numbers = SecretValue.ofText(`{"list":[${Array(32_000).fill('1').join(',')}],"a":"x"}`);

describe('combineValues', () => {
  it('may give the loop back between any two entries', async () => {
    const work = counted();
    const outcome = await combineValues(entriesOf(...Array<string>(500).fill('a')), () => numbers, work);
    expect(outcome.ok && outcome.value.size).toBe(500);
    expect(work.count).toBe(500);
  });

  it('stops between two entries when the round is aborted', async () => {
    const abort = new AbortController();
    const work = new TimeSlices().worker('team', abort.signal);
    let entries = 0;
    const valueOf = () => {
      entries += 1;
      if (entries === 3) abort.abort(new Error('the lease is lost'));
      return numbers;
    };
    await expect(combineValues(entriesOf('a', 'a', 'a', 'a', 'a'), valueOf, work)).rejects.toThrow('the lease is lost');
    expect(entries).toBe(3);
  });

  it('refuses entries that take too many steps together', async () => {
    const outcome = await combineValues(entriesOf(...Array<string>(200).fill('list.#(=2)#')), () => numbers, counted());
    expect(outcome).toMatchObject({ failure: { reason: 'CostLimitExceeded' } });
  });

  it('goes on after an entry that has failed, and stops evaluating where all together have used up what they may', async () => {
    const work = counted();
    const kindsOf = async (...properties: readonly string[]) =>
      (await outcomesOf(entriesOf(...properties), () => ok(numbers), work)).map(({ kind }) => kind);
    expect(await kindsOf('gone', 'a', 'gone', 'a')).toEqual(['failed', 'ok', 'failed', 'ok']);
    work.count = 0;
    const kinds = await kindsOf(...Array<string>(500).fill('list.#(=2)#'));
    const evaluated = kinds.indexOf('not-evaluated');
    expect(new Set(kinds.slice(evaluated))).toEqual(new Set(['not-evaluated']));
    expect([kinds.length, kinds[evaluated - 1], work.count]).toEqual([500, 'failed', evaluated]);
    expect(evaluated).toBeLessThan(200);
  });

  it('evaluates no entry that could not be read, and says so in its place', async () => {
    const denied = fail('AccessDenied', 'AWS denied it');
    const outcomes = await outcomesOf(entriesOf('a', 'a', 'a'), ({ secretKey }) => (secretKey === 'k1' ? denied : ok(numbers)), counted());
    expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'failed', 'ok']);
  });

  it('finds a key that two entries have, also where the first of them has failed', async () => {
    const remoteRef = { key: 'db', property: 'a' };
    const data = [{ secretKey: 'k', remoteRef: { key: 'db', property: 'gone' } }, ...[1, 2].map(() => ({ secretKey: 'k', remoteRef }))];
    const outcomes = await outcomesOf(planned({ secretStoreRef: { name: 's' }, data }), () => ok(numbers), counted());
    const reasons = outcomes.map((outcome) => outcome.kind === 'failed' && outcome.failure.reason);
    expect(reasons).toEqual(['PropertyNotFound', 'DuplicateSecretKey', 'DuplicateSecretKey']);
  });

  it('refuses to make the members of a large object again and again', async () => {
    const text = `{${Array.from({ length: 6_000 }, (_, index) => `"k${index}":1`).join(',')}}`;
    const large = SecretValue.ofText(text);
    expect(await combineValues(extracts(10), () => large, counted())).toMatchObject({ ok: true });
    expect(await combineValues(extracts(11), () => large, counted())).toMatchObject({
      failure: { reason: 'CostLimitExceeded' },
    });
  });

  it('stops at the first entry with which keys and values are more than twice what a Secret holds', async () => {
    const work = counted();
    const full = SecretValue.ofText('x'.repeat(65_536));
    const outcome = await combineValues(entriesOf(...Array<undefined>(500).fill(undefined)), () => full, work);
    expect(outcome).toMatchObject({ failure: { reason: 'SecretTooLarge' } });
    expect(work.count).toBe(32);
  });
});
