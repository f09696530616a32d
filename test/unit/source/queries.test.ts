// Queries in the engine: a set as a value, read page by page within the budget, without delaying other reads.
import { describe, expect, it } from '@jest/globals';
import { failure, type Outcome } from '../../../src/failure/failure.ts';
import type { SecretVersion } from '../../../src/aws/port.ts';
import { ms } from '../../../src/base/time/clock.ts';
import type { Interest, RemoteReference } from '../../../src/source/port.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { textOf } from '../aws/sdk-world.ts';
import { current, type EngineWorld, key, MINUTE, one, startEngine } from './engine-world.ts';
import { MemoryLister } from './list/memory-lister.ts';
import { said } from '../../support/said.ts';

const DAY = ms(24 * 3_600_000);

function query(secretId: string, identity = one): RemoteReference {
  return { identity, secretId, version: { kind: 'query' } };
}

function namesOf(outcome: Outcome<SecretVersion>): readonly string[] {
  return (JSON.parse(textOf(outcome) ?? '[]') as readonly { readonly name: string }[]).map(({ name }) => name);
}

/** Advances the clock by this time, within which there must be an answer. */
async function readWithin(world: EngineWorld, reference: RemoteReference, limit: number, maxAge = MINUTE): Promise<Outcome<SecretVersion>> {
  const reading = world.engine.read([reference], { maxAge, signal: new AbortController().signal });
  let outcome: Outcome<SecretVersion> | undefined;
  void reading.then((outcomes) => (outcome = outcomes.get(referenceKey(reference))));
  await world.clock.advance(limit);
  if (outcome === undefined) throw new Error(`no answer after ${limit} ms`);
  return outcome;
}

async function held(world: EngineWorld, reference: RemoteReference): Promise<Interest> {
  const outcome = await readWithin(world, reference, 100);
  if (!outcome.ok) throw new Error(said(outcome.failure));
  return { reference, refreshInterval: MINUTE, heldVersionId: outcome.value.versionId };
}

function manyNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `many/${String(index).padStart(5, '0')}`);
}

describe('a query', () => {
  it('shares no key with a value or tags of the same name', () => {
    const references = [current('db'), query('db'), query('d'), { ...current('db'), version: { kind: 'tags' } } as const];
    expect(new Set(references.map(referenceKey)).size).toBe(references.length);
  });

  it('finds all names that begin so, page by page, once for all who ask', async () => {
    await using world = startEngine();
    world.aws.put('app/c', 'app/a', 'other', 'app/b', 'application');
    const reading = [1, 2].map(() => readWithin(world, query('app/'), 100));
    const [first, second] = await Promise.all(reading);
    expect(namesOf(first!)).toEqual(['app/a', 'app/b', 'app/c']);
    expect(second).toEqual(first);
    expect(world.aws.timesOf('app/')).toHaveLength(2);
    // From the cache.
    expect(namesOf(await readWithin(world, query('app/'), 100))).toHaveLength(3);
    expect(world.aws.timesOf('app/')).toHaveLength(2);
  });

  it('waits for the budget of lists before each page, and holds up no value', async () => {
    await using world = startEngine();
    world.aws.pageSize = 1;
    world.aws.put('value', ...manyNames(100));
    const reading = world.engine.read([query('many/')], { maxAge: MINUTE, signal: new AbortController().signal });
    await world.clock.advance(1_000);
    const pages = world.aws.timesOf('many/').length;
    expect(pages).toBeGreaterThan(20);
    expect(pages).toBeLessThanOrEqual(40);
    expect((await world.read(current('value'))).ok).toBe(true);
    await world.clock.advance(5_000);
    expect(namesOf((await reading).get(referenceKey(query('many/')))!)).toEqual(manyNames(100));
    expect(world.aws.timesOf('many/')).toHaveLength(100);
  });

  it('of many that are slow leaves room for values', async () => {
    await using world = startEngine();
    world.aws.put('value', ...manyNames(50));
    const slow = Promise.withResolvers<void>();
    const findPage = world.aws.findPage.bind(world.aws);
    world.aws.findPage = async (...call) => {
      await slow.promise;
      return findPage(...call);
    };
    const queries = manyNames(50).map((name) => query(name));
    const reading = world.engine.read(queries, { maxAge: MINUTE, signal: new AbortController().signal });
    await world.clock.advance(100);
    expect((await world.read(current('value'))).ok).toBe(true);
    slow.resolve();
    await world.clock.advance(10_000);
    expect([...(await reading).values()].every(({ ok }) => ok)).toBe(true);
  });

  it('is as old as its first page', async () => {
    await using world = startEngine();
    world.aws.pageSize = 1;
    world.aws.put(...manyNames(100));
    const started = world.clock.now();
    world.engine.subscribe(key('set'), [{ reference: query('many/'), refreshInterval: DAY }]);
    expect((await readWithin(world, query('many/'), 10_000)).ok).toBe(true);
    expect(world.engine.confirmedAt(key('set'))).toBe(started);
    expect(world.aws.timesOf('many/')).toHaveLength(100);
    // From the cache only for a caller that accepts that age.
    await readWithin(world, query('many/'), 1, ms(10_000));
    expect(world.aws.timesOf('many/')).toHaveLength(100);
    await readWithin(world, query('many/'), 10_000, ms(10_000));
    expect(world.aws.timesOf('many/')).toHaveLength(200);
  });

  it('leaves something of a budget that values share with it', async () => {
    await using world = startEngine();
    const identity = { ...one, service: 'ParameterStore' } as const;
    world.aws.pageSize = 1;
    world.aws.put('value', ...manyNames(100));
    const reading = world.engine.read([query('many/', identity)], { maxAge: MINUTE, signal: new AbortController().signal });
    await world.clock.advance(3_000);
    expect((await world.read(current('value', identity))).ok).toBe(true);
    await world.clock.advance(10_000);
    expect([...(await reading).values()].every(({ ok }) => ok)).toBe(true);
  });

  it('that waits for its budget keeps no value waiting, also while batches are being filled', async () => {
    await using world = startEngine({ busyWorkers: () => 64 });
    world.aws.pageSize = 1;
    world.aws.put('value', ...manyNames(200));
    const reading = world.engine.read([query('many/')], { maxAge: MINUTE, signal: new AbortController().signal });
    await world.clock.advance(3_000);
    expect((await readWithin(world, current('value'), 260)).ok).toBe(true);
    const pages = world.aws.timesOf('many/').length;
    await world.clock.advance(1_000);
    expect(world.aws.timesOf('many/').length - pages).toBeGreaterThan(10);
    await world.clock.advance(30_000);
    expect([...(await reading).values()].every(({ ok }) => ok)).toBe(true);
  });

  it('is made once more for somebody who asks for what is there now, while it goes on for the others', async () => {
    await using world = startEngine();
    world.aws.pageSize = 1;
    world.aws.latency = 10;
    world.aws.put(...manyNames(60));
    const early = world.engine.read([query('many/')], { maxAge: MINUTE, signal: new AbortController().signal });
    await world.clock.advance(1_000);
    world.aws.remove('many/00000');
    expect(namesOf(await readWithin(world, query('many/'), 10_000, ms(0)))).toEqual(manyNames(60).slice(1));
    expect(namesOf((await early).get(referenceKey(query('many/')))!)).toContain('many/00000');
    // Every caller has its answer.
    await world.clock.advance(MINUTE);
    expect((await readWithin(world, query('many/'), 1, ms(5 * MINUTE))).ok).toBe(true);
  });

  it('ends for those who came first, however often others ask for what is there now', async () => {
    await using world = startEngine();
    world.aws.pageSize = 1;
    world.aws.put(...manyNames(100));
    const signal = new AbortController().signal;
    const ended: string[] = [];
    void world.engine.read([query('many/')], { maxAge: MINUTE, signal }).then(() => ended.push('first'));
    for (let second = 0; second < 10; second += 1) {
      void world.engine.read([query('many/')], { maxAge: ms(0), signal }).then(() => ended.push(`in second ${second}`));
      await world.clock.advance(1_000);
    }
    expect(ended[0]).toBe('first');
    await world.clock.advance(30_000);
    expect(ended).toHaveLength(11);
    expect(world.aws.timesOf('many/').length).toBeLessThanOrEqual(400);
  });

  it('that cannot go on because its identity fails ends for all, also for those who ask for what is there now, without a call', async () => {
    await using world = startEngine();
    world.aws.pageSize = 1;
    world.aws.put('value', ...manyNames(100), ...manyNames(100).map((name) => `other/${name}`));
    const signal = new AbortController().signal;
    const both = [query('many/'), query('other/')];
    const reading = [world.engine.read(both, { maxAge: MINUTE, signal })];
    await world.clock.advance(3_000);
    reading.push(world.engine.read(both, { maxAge: ms(0), signal }));
    // No page is read until the value has failed.
    await world.clock.advance((world.clock.untilNext ?? 0) + 1);
    const before = both.map(({ secretId }) => world.aws.timesOf(secretId).length);
    world.aws.failAs(one, failure('CredentialsInvalid', 'no such key'));
    expect((await world.read(current('value'))).ok).toBe(false);
    await world.clock.advance(10_000);
    const outcomes = (await Promise.all(reading)).flatMap((answered) => [...answered.values()]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false, false, false]);
    expect(both.map(({ secretId }, index) => world.aws.timesOf(secretId).length - (before[index] ?? 0))).toEqual([0, 0]);
  });

  it('is refreshed like a value: a dependant is called when something comes or goes, not when a value changes', async () => {
    await using world = startEngine();
    world.aws.put('app/a', 'app/b', 'app/c');
    world.engine.subscribe(key('set'), [await held(world, query('app/'))]);
    world.aws.put('app/a', 'other');
    await world.clock.advance(2 * MINUTE);
    expect(world.called).toEqual([]);
    world.aws.put('app/d');
    await world.clock.advance(2 * MINUTE);
    expect(world.called).toHaveLength(1);
    world.engine.subscribe(key('set'), [await held(world, query('app/'))]);
    world.aws.remove('app/b');
    await world.clock.advance(2 * MINUTE);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('set'), key('set')]);
  });

  it('that fails on a later page has failed, and begins anew when it is tried again', async () => {
    await using world = startEngine();
    world.aws.pageSize = 1;
    world.aws.put(...manyNames(60));
    const reading = world.engine.read([query('many/')], { maxAge: MINUTE, signal: new AbortController().signal });
    await world.clock.advance(1_000);
    world.aws.fail('many/', 'AccessDenied');
    await world.clock.advance(1_000);
    expect((await reading).get(referenceKey(query('many/')))).toMatchObject({ ok: false, failure: { reason: 'AccessDenied' } });
    const asked = world.aws.timesOf('many/').length;
    world.engine.subscribe(key('set'), [{ reference: query('many/'), refreshInterval: DAY }]);
    world.aws.failures.clear();
    await world.clock.advance(MINUTE);
    expect(world.called.map(([dependant]) => dependant)).toEqual([key('set')]);
    expect(world.aws.timesOf('many/').length - asked).toBe(60);
  });

  it('for more than an operator can be meant to read says so', async () => {
    await using world = startEngine();
    world.aws.pageSize = 5_000;
    world.aws.put(...manyNames(10_001));
    expect(await readWithin(world, query('many/'), 1_000)).toMatchObject({
      ok: false,
      failure: { reason: 'SecretTooLarge', message: 'more than 10000 names begin with "many/"' },
    });
    const asked = world.aws.timesOf('many/').length;
    world.engine.subscribe(key('set'), [{ reference: query('many/'), refreshInterval: MINUTE }]);
    await world.clock.advance(50 * MINUTE);
    expect(world.aws.timesOf('many/').length).toBe(asked);
    world.aws.remove('many/00000');
    expect(namesOf(await readWithin(world, query('many/'), 1_000, ms(0)))).toHaveLength(10_000);
  });

  it('without an end is given up', async () => {
    await using world = startEngine();
    let pages = 0;
    world.aws.findPage = () => Promise.resolve({ ok: true, value: { found: [], next: String((pages += 1)) } });
    expect(await readWithin(world, query('x'), 300_000)).toMatchObject({ ok: false, failure: { reason: 'AWSUnavailable' } });
    expect(pages).toBeLessThan(5_000);
  });

  it('is polled in its interval whatever lists and events are relied on for', async () => {
    const lister = new MemoryLister();
    const readObserver = { reliesOn: () => true, versionChanged: () => undefined, forget: () => undefined };
    await using world = startEngine({ lister, readObserver });
    world.aws.put('app/a');
    const interest = await held(world, query('app/'));
    world.engine.subscribe(key('set'), [{ ...interest, reliance: { maxAge: DAY }, listedMaxAge: DAY }]);
    const before = world.aws.calls.length;
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length - before).toBe(10);
    expect(lister.calls).toEqual([]);
  });
});
