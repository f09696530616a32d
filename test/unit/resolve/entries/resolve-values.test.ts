import { describe, expect, it } from '@jest/globals';
import type { ExternalSecretSpec } from '../../../../src/api/schema/external-secret.ts';
import { fail, type Outcome } from '../../../../src/failure/failure.ts';
import type { SecretVersion } from '../../../../src/aws/port.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { keyOf } from '../../../../src/base/key.ts';
import { ok } from '../../../../src/base/result.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { type Entry, planReference } from '../../../../src/resolve/entries/plan-references.ts';
import { referencesOf } from '../../../../src/reconcile/external-secret/sources/references.ts';
import { resolveValues } from '../../../../src/resolve/entries/resolve-values.ts';
import type { SecretSource } from '../../../../src/source/port.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { dependantKey } from '../../../../src/source/references/dependant.ts';
import { identity, onlyStore, planned } from '../entries.ts';

type Answers = Readonly<Record<string, Outcome<SecretVersion>>>;

function version(text: string, versionId = 'v1', stages: readonly string[] = ['AWSCURRENT'], arn = 'arn:db'): Outcome<SecretVersion> {
  return ok({ arn, name: 'db', versionId, stages, createdDate: '2026-01-01T00:00:00Z', value: SecretValue.ofText(text) });
}

/** `answers`: one for each read, by secret id; the last one stands for all that follow. */
async function resolve(spec: Partial<ExternalSecretSpec>, ...answers: readonly Answers[]) {
  const ages: number[] = [];
  const read: SecretSource['read'] = (references, { maxAge }) => {
    const given = answers[Math.min(ages.length, answers.length - 1)] ?? {};
    ages.push(maxAge);
    return Promise.resolve(
      new Map(
        references.map((reference) => [
          referenceKey(reference),
          given[reference.secretId] ?? fail('RemoteSecretNotFound', 'it was not found'),
        ]),
      ),
    );
  };
  return { ages, ...(await resolveEntries(planned({ secretStoreRef: { name: 's' }, ...spec }), read)) };
}

async function resolveEntries(entries: readonly Entry[], read: SecretSource['read']) {
  const source = {
    read,
    observe: () => ({ kind: 'unknown' as const }),
    subscribe: () => undefined,
    confirmedAt: () => undefined,
    retrySoon: () => ms(0),
    endReconcile: () => undefined,
    isHeldBack: () => false,
  };
  const signal = new AbortController().signal;
  const work = new TimeSlices().worker('team', signal);
  const resolution = await resolveValues(entries, { source, keyOfReference: referenceKey, maxAge: ms(60_000), signal, work });
  if (resolution === 'pending') throw new Error('there is nothing to wait for');
  const { outcome, seen, readFailed } = resolution;
  const values = outcome.ok
    ? Object.fromEntries([...outcome.value.values].map(([key, value]) => [key, value.reveal().toString()]))
    : outcome.failure;
  return { entries: resolution.entries, values, seen, readFailed, sources: outcome.ok ? outcome.value.sources : [] };
}

const entry = (secretKey: string, key: string, more: object = {}) => ({ secretKey, remoteRef: { key, ...more } });

describe('resolveValues', () => {
  it('is pending while the source gives no answers, whatever is known of single ones', async () => {
    const entries = planned({ secretStoreRef: { name: 's' }, data: [entry('one', 'a')] });
    const source = {
      read: async () => new Map(),
      observe: () => ({ kind: 'unknown' as const }),
      subscribe() {},
      endReconcile() {},
      isHeldBack: () => false,
      confirmedAt: () => undefined,
      retrySoon: () => ms(0),
    };
    const signal = new AbortController().signal;
    const work = new TimeSlices().worker('team', signal);
    const reconcile = { dependant: dependantKey('tests', keyOf('ns', 'x')), request: '1', answerTimeout: ms(500) };
    const options = { namespace: 'team', source, keyOfReference: referenceKey, maxAge: ms(60_000), reconcile, signal, work };
    expect(await resolveValues(entries, options)).toBe('pending');
  });

  it('asks the source for its references in its own slice of the event loop', async () => {
    const entries = planned({ secretStoreRef: { name: 's' }, data: [entry('one', 'a')] });
    const order: string[] = [];
    const turn = Promise.withResolvers<void>();
    const source = {
      read: async () => {
        order.push('asked');
        return new Map();
      },
      observe: () => ({ kind: 'unknown' as const }),
      subscribe() {},
      endReconcile() {},
      isHeldBack: () => false,
      confirmedAt: () => undefined,
      retrySoon: () => ms(0),
    };
    const work = { isUsedUp: true, checkpoint: () => turn.promise.then(() => void order.push('turn')) };
    const signal = new AbortController().signal;
    const reconcile = { dependant: dependantKey('tests', keyOf('ns', 'x')), request: '1', answerTimeout: ms(500) };
    const options = { namespace: 'team', source, keyOfReference: referenceKey, maxAge: ms(60_000), reconcile, signal, work };
    const resolving = resolveValues(entries, options);
    order.push('others');
    turn.resolve();
    expect(await resolving).toBe('pending');
    expect(order).toEqual(['others', 'turn', 'asked', 'turn']);
  });

  it('tells values that are too large together as one failure, whichever entry was the first that did not fit', async () => {
    const tooLarge = fail('SecretTooLarge', 'the values are too large');
    const answers = { a: version('x', 'v1', ['AWSCURRENT'], 'arn:a'), b: fail('AccessDenied', 'no'), c: tooLarge, d: tooLarge };
    const data = Object.keys(answers).map((key) => entry(key, key));
    const { values, seen, readFailed } = await resolve({ data }, answers);
    expect(values).toEqual({ reason: 'SecretTooLarge', message: 'the values are too large', through: 'SecretStore' });
    expect({ seen: seen.map(({ key }) => key), readFailed }).toEqual({ seen: ['a'], readFailed: false });
  });

  it('puts all entries together; data wins over dataFrom, and a later dataFrom over an earlier one', async () => {
    const { values, sources, seen } = await resolve(
      { dataFrom: [{ extract: { key: 'a' } }, { extract: { key: 'b' } }], data: [entry('one', 'c')] },
      {
        a: version('{"one":"a","two":"a","three":"a"}', 'v1', ['AWSCURRENT'], 'arn:a'),
        b: version('{"one":"b","two":"b"}', 'v2', ['AWSCURRENT'], 'arn:b'),
        c: version('c', 'v3', ['AWSCURRENT'], 'arn:c'),
      },
    );
    expect(values).toEqual({ one: 'c', two: 'b', three: 'a' });
    expect(sources.map(({ key, versionId }) => [key, versionId])).toEqual([
      ['a', 'v1'],
      ['b', 'v2'],
      ['c', 'v3'],
    ]);
    expect(seen).toEqual(sources);
  });

  it('names a source once, however many entries it has', async () => {
    const { sources } = await resolve(
      { data: [entry('a', 'db', { property: 'x' }), entry('b', 'db', { property: 'y' })] },
      { db: version('{"x":1,"y":2}') },
    );
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatchObject({ key: 'db', versionId: 'v1', createdDate: '2026-01-01T00:00:00Z' });
  });

  it('is all or nothing, and says which entry failed and how many more did', async () => {
    const spec = { data: [entry('a', 'db'), entry('b', 'gone'), entry('c', 'gone too')] };
    const { values, seen, readFailed } = await resolve(spec, { db: version('x') });
    expect(values).toMatchObject({
      reason: 'RemoteSecretNotFound',
      entry: 'data[1] (b, key "gone")',
      message: 'it was not found',
      others: 1,
    });
    expect(seen.map(({ key }) => key)).toEqual(['db']);
    expect(readFailed).toBe(true);
  });

  it('does not blame AWS for a value that cannot be used', async () => {
    const { values, seen, readFailed } = await resolve({ data: [entry('a', 'db', { property: 'x' })] }, { db: version('{}') });
    expect(values).toMatchObject({ reason: 'PropertyNotFound' });
    expect([seen.length, readFailed]).toEqual([1, false]);
  });

  it('refuses two entries of data for one key', async () => {
    const { values } = await resolve({ data: [entry('a', 'db'), entry('a', 'db')] }, { db: version('x') });
    expect(values).toMatchObject({ reason: 'DuplicateSecretKey' });
  });

  const stages = { data: [entry('now', 'db'), entry('before', 'db', { version: 'AWSPREVIOUS' }), entry('by-arn', 'arn:db')] };

  it('reads once more, past every cache, when one secret was answered from before and after a change', async () => {
    const { ages, values } = await resolve(
      stages,
      { db: version('old', 'v1'), 'arn:db': version('new', 'v2') },
      { db: version('new', 'v2'), 'arn:db': version('new', 'v2') },
    );
    expect(ages).toEqual([60_000, 0]);
    expect(values).toEqual({ now: 'new', before: 'new', 'by-arn': 'new' });
  });

  it('writes nothing when the answers go on to contradict each other', async () => {
    const { ages, values, readFailed } = await resolve(stages, { db: version('old', 'v1'), 'arn:db': version('new', 'v2') });
    expect(ages).toEqual([60_000, 0]);
    expect(values).toMatchObject({ reason: 'AWSUnavailable' });
    expect(readFailed).toBe(false);
  });

  it('says of each entry, in their order, what came of it, whatever comes of the others', async () => {
    const data = [entry('a', 'db'), entry('b', 'denied'), entry('c', 'db', { property: 'gone' }), entry('d', 'db', { property: 'x' })];
    const answers = { db: version('{"x":"y"}'), denied: fail('AccessDenied', 'AWS denied it') };
    const { entries, values, readFailed } = await resolve({ data }, answers);
    expect(entries.map(({ entry: { secretKey }, ...outcome }) => [secretKey, outcome])).toEqual([
      ['a', { kind: 'ok', values: new Map([['a', expect.any(SecretValue)]]) }],
      ['b', { kind: 'failed', step: 'read', failure: expect.objectContaining({ reason: 'AccessDenied' }) }],
      ['c', { kind: 'failed', step: 'value', failure: expect.objectContaining({ reason: 'PropertyNotFound' }) }],
      ['d', { kind: 'ok', values: new Map([['d', expect.any(SecretValue)]]) }],
    ]);
    expect(values).toMatchObject({ entry: 'data[1] (b, key "denied")', message: 'AWS denied it', others: 1 });
    expect(readFailed).toBe(true);
  });

  it('tells what AWS refuses before what a value lacks, which may be mended by the same change', async () => {
    const data = [entry('a', 'db', { property: 'gone' }), entry('b', 'denied')];
    const { values } = await resolve({ data }, { db: version('{}'), denied: fail('AccessDenied', 'AWS denied it') });
    expect(values).toMatchObject({ reason: 'AccessDenied', others: 1 });
  });

  it('evaluates nothing where the values are too much together, and says which AWS refused', async () => {
    const tooLarge = fail('SecretTooLarge', 'the values are too large');
    const data = ['a', 'b', 'c'].map((key) => entry(key, key));
    const { entries } = await resolve({ data }, { a: version('x'), b: fail('AccessDenied', 'no'), c: tooLarge });
    expect(entries.map(({ kind }) => kind)).toEqual(['not-evaluated', 'failed', 'not-evaluated']);
  });

  it('fails the entries of which the answers contradict each other, and no other', async () => {
    const data = [entry('now', 'db'), entry('by-arn', 'arn:db'), entry('other', 'other')];
    const other = version('x', 'v1', ['AWSCURRENT'], 'arn:other');
    const { entries } = await resolve({ data }, { db: version('old', 'v1'), 'arn:db': version('new', 'v2'), other });
    expect(entries.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'ok']);
  });

  it('reads each entry through the store of its own, and names that of each version but the default one', async () => {
    const data = [entry('a', 'key'), entry('b', 'key'), entry('c', 'key')];
    const regions: Readonly<Record<string, string>> = { a: 'one', b: 'two', c: 'one' };
    const references = referencesOf({ secretStoreRef: { name: 's' }, data }).map((named) =>
      named.secretKey === 'a' ? named : { ...named, storeRef: { name: `other-${named.secretKey}` } },
    );
    const entries = references.map((named) => {
      const region = regions[named.secretKey ?? ''] ?? '';
      return planReference(named, onlyStore({ name: region, identity: { ...identity, region }, prefix: `${region}/` })(named));
    });
    const asked: string[] = [];
    const read: SecretSource['read'] = async (wanted) => {
      asked.push(...wanted.map((reference) => `${reference.identity.region} ${reference.secretId}`));
      return new Map(
        wanted.map((one) => [
          referenceKey(one),
          version(`from ${one.identity.region}`, one.identity.region, ['AWSCURRENT'], `arn:${one.identity.region}`),
        ]),
      );
    };
    const { values, sources } = await resolveEntries(entries, read);
    expect(asked).toEqual(['one one/key', 'two two/key', 'one one/key']);
    expect(values).toEqual({ a: 'from one', b: 'from two', c: 'from one' });
    // The store of `c` gives the same reference as that of `a`; each has a record of its own all the same.
    expect(sources.map(({ key, storeRef, versionId }) => [key, storeRef?.name, versionId])).toEqual([
      ['key', undefined, 'one'],
      ['key', 'other-b', 'two'],
      ['key', 'other-c', 'one'],
    ]);
  });
});
