// Refreshes: by reference and not by resource, at their slots, and notifications only for dependants that a change concerns.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../src/base/time/clock.ts';
import { priority } from '../../../src/base/priority.ts';
import { slotAfter, phaseOf } from '../../../src/source/schedule/slots.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { identityKey } from '../../../src/aws/credentials/identity.ts';
import { current, identityNamed, key, MINUTE, minutely, one, pinned, startEngine } from './engine-world.ts';

const many = (count: number) => Array.from({ length: count }, (_, n) => `s${n}`);

describe('refreshing', () => {
  it('does nothing at all while nobody is subscribed', async () => {
    await using world = startEngine();
    await world.clock.advance(86_400_000);
    expect([world.clock.sleeping, world.aws.calls.length]).toEqual([0, 0]);
  });

  it('calls nobody and AWS not before the slot when everything is held already', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    const slot = slotAfter(phaseOf(referenceKey(current('a'))), MINUTE, world.clock.now());
    const wait = slot - world.clock.now();
    await world.clock.advance(wait - 1);
    expect(world.aws.calls.length).toBe(0);
    await world.clock.advance(4);
    expect(world.aws.calls.length).toBe(1);
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length).toBe(11);
    expect(world.called).toEqual([]);
    expect(world.engine.stats().cachedValues).toBe(0);
  });

  it('reads each reference once per interval, the smallest that is asked for, however many ask', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 5, max: 200 })), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 900 }),
        async (wishes, seconds) => {
          await using world = startEngine();
          world.aws.put(...many(10));
          const smallest = new Map<string, number>();
          wishes.forEach(([n, interval], index) => {
            const id = `s${n}`;
            smallest.set(id, Math.min(smallest.get(id) ?? Number.POSITIVE_INFINITY, interval * 1_000));
            const interest = { reference: current(id), refreshInterval: ms(interval * 1_000), heldVersionId: 'v1' };
            world.engine.subscribe(key(`d${index}`), [interest]);
          });
          await world.clock.advance(seconds * 1_000);
          for (const id of many(10)) {
            const interval = smallest.get(id);
            const least = interval === undefined ? 0 : Math.floor((seconds * 1_000 - 3) / interval);
            const most = interval === undefined ? 0 : Math.floor((seconds * 1_000 + Math.min(interval / 10, 10_000)) / interval) + 1;
            expect(world.aws.reads[id] ?? 0).toBeGreaterThanOrEqual(least);
            expect(world.aws.reads[id] ?? 0).toBeLessThanOrEqual(most);
          }
          expect(world.called).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('fills batches with what falls due soon: 1,000 references every minute are 50 calls', async () => {
    await using world = startEngine();
    world.aws.put(...many(1_000));
    for (const id of many(1_000)) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
    await world.clock.advance(5 * MINUTE);
    expect(world.aws.calls.length).toBeLessThanOrEqual(5 * 50 + 2);
    const counts = Object.values(world.aws.reads);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([5, 5]);
  });

  it('calls exactly the dependants that do not hold what was found', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom('v1', 'v2')), { maxLength: 20 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 5 })),
        async (dependants, changed) => {
          await using world = startEngine();
          world.aws.put(...many(6));
          world.aws.put(...changed.map((n) => `s${n}`));
          dependants.forEach(([n, held], index) => world.engine.subscribe(key(`d${index}`), [minutely(current(`s${n}`), held)]));
          await world.clock.advance(3 * MINUTE);
          const expected = dependants.flatMap(([n, held], index) =>
            held === (changed.includes(n) ? 'v2' : 'v1') ? [] : [key(`d${index}`)],
          );
          expect(world.called.map(([dependant]) => dependant).sort()).toEqual([...expected].sort());
          expect(world.called.every(([, how]) => how === priority.source)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps a changed value for those who are about to ask for it, and reads nothing for them', async () => {
    await using world = startEngine();
    world.aws.put('a');
    for (const name of ['x', 'y']) world.engine.subscribe(key(name), [minutely(current('a'), 'v1')]);
    await world.clock.advance(MINUTE);
    world.aws.put('a');
    await world.clock.advance(MINUTE);
    expect(world.called).toEqual([
      [key('x'), priority.source],
      [key('y'), priority.source],
    ]);
    const calls = world.aws.calls.length;
    expect(await world.read(current('a'))).toMatchObject({ ok: true, value: { versionId: 'v2' } });
    for (const name of ['x', 'y']) world.engine.subscribe(key(name), [minutely(current('a'), 'v2')]);
    expect(world.aws.calls.length).toBe(calls);
    await world.clock.advance(3 * MINUTE);
    expect(world.called.length).toBe(2);
  });

  it('calls a dependant that subscribes with an old version once, also when it does not act', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.aws.put('a');
    await world.read(current('a'));
    for (let round = 0; round < 3; round++) world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    expect(world.called).toEqual([[key('x'), priority.source]]);
    await world.clock.advance(5 * MINUTE);
    expect(world.called.length).toBe(1);
    world.aws.put('a');
    await world.clock.advance(MINUTE);
    expect(world.called.length).toBe(2);
  });

  it('tells of failures and of their end, once each, and retries with growing delays', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    world.aws.fail('a', 'AccessDenied');
    await world.clock.advance(MINUTE);
    expect(world.called).toEqual([[key('x'), priority.retry]]);
    const [first = 0] = world.aws.timesOf('a');
    await world.clock.advance(30 * MINUTE);
    const delays = world.aws.timesOf('a').map((at, index, all) => at - (all[index - 1] ?? first));
    expect(delays.slice(1, 6).map((delay) => Math.round(delay / 1_000))).toEqual([30, 60, 120, 240, 300]);
    expect(world.called.length).toBe(1);
    world.aws.fail('a', 'KMSFailure');
    await world.clock.advance(6 * MINUTE);
    world.aws.failures.clear();
    await world.clock.advance(11 * MINUTE);
    expect(world.called.map(([, how]) => how)).toEqual([priority.retry, priority.retry, priority.retry]);
    expect(world.engine.observe(current('a'))).toMatchObject({ kind: 'version', versionId: 'v1' });
  });

  it('goes on trying what a dependant could never read, and calls it when it can', async () => {
    await using world = startEngine();
    expect((await world.read(current('a'))).ok).toBe(false);
    world.engine.subscribe(key('x'), [minutely(current('a'))]);
    expect(world.called).toEqual([]);
    world.aws.put('a');
    await world.clock.advance(31_000);
    expect(world.called).toEqual([[key('x'), priority.source]]);
  });

  it.each([
    ['AccessDenied', 60, 17],
    ['RemoteSecretNotFound', 60, 17],
    ['AWSUnavailable', 60, 66],
    ['Throttled', 60, 36],
    ['AWSRequestRefused', 60, 14],
  ] as const)('bounds the calls for ever failing references: %s', async (reason, minutes, most) => {
    await using world = startEngine();
    world.aws.fail('*', reason, 'the same for all');
    for (const id of many(200))
      world.engine.subscribe(key(id), [{ reference: current(id), refreshInterval: ms(10_000), heldVersionId: 'v1' }]);
    await world.clock.advance(minutes * MINUTE);
    expect(Math.max(...Object.values(world.aws.reads))).toBeLessThanOrEqual(most);
    expect(world.called.length).toBe(200);
    const before = world.called.length;
    await world.clock.advance(minutes * MINUTE);
    expect(world.called.length).toBe(before);
  });

  it('sends one probe for a throttled identity, and the rest when that goes through', async () => {
    await using world = startEngine();
    world.aws.put(...many(200));
    world.aws.fail('*', 'Throttled', 'slow down');
    await world.readAll(many(200).map((id) => current(id)));
    for (const id of many(200)) world.engine.subscribe(key(id), [minutely(current(id))]);
    world.aws.calls.length = 0;
    await world.clock.advance(5_010);
    expect(world.aws.calls.length).toBe(1);
    world.aws.failures.clear();
    // Throttling has halved the rate, so the rest takes a moment.
    await world.clock.advance(12_000);
    expect(world.aws.calls.length).toBeGreaterThanOrEqual(11);
    expect(world.aws.calls.length).toBeLessThanOrEqual(13);
    expect(new Set(world.called.map(([name]) => name)).size).toBe(200);
  });

  it('never reads a pinned version again once it is read or held', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(pinned('a', 'v1'), 'v1')]);
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length).toBe(0);
    world.aws.fail('a', 'AccessDenied');
    await world.read(pinned('a', 'v1'));
    world.engine.subscribe(key('y'), [minutely(pinned('a', 'v1'))]);
    world.aws.failures.clear();
    await world.clock.advance(30_003);
    expect(world.called).toEqual([
      [key('x'), priority.retry],
      [key('x'), priority.retry],
      [key('y'), priority.source],
    ]);
    await world.clock.advance(60 * MINUTE);
    expect(world.aws.calls.length).toBe(2);
  });

  it('forgets references when nobody is subscribed any more', async () => {
    await using world = startEngine();
    world.aws.put(...many(50));
    for (const id of many(50)) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
    await world.clock.advance(MINUTE);
    const calls = world.aws.calls.length;
    for (const id of many(50)) world.engine.subscribe(key(id), []);
    await world.clock.advance(10 * MINUTE);
    expect(world.aws.calls.length).toBe(calls);
    world.engine.subscribe(key('z'), [minutely(current('z'), 'v1')]);
    expect(world.engine.stats()).toMatchObject({ references: 1, dependants: 1 });
  });

  it.each([-3_600_000, 3_600_000])('goes on when the clock is set by %d ms', async (by) => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(5 * MINUTE);
    world.clock.jump(by);
    await world.clock.advance(10 * MINUTE);
    const times = world.aws.timesOf('a');
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * MINUTE);
    expect(times.length).toBeGreaterThanOrEqual(14);
    expect(times.length).toBeLessThanOrEqual(17);
  });

  it('refreshes other identities while one hangs', async () => {
    await using world = startEngine();
    world.aws.put('a');
    const slow = identityNamed('slow');
    const held = Promise.withResolvers<void>();
    world.aws.holds.set(identityKey(slow), held.promise);
    world.engine.subscribe(key('x'), [minutely(current('a', slow), 'v1')]);
    world.engine.subscribe(key('y'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(5 * MINUTE);
    const of = (identity: string) => world.aws.calls.filter((call) => call.identity === identity).length;
    expect([of(identityKey(slow)), of(identityKey(one))]).toEqual([1, 5]);
    held.resolve();
  });

  it('says when AWS last confirmed the stalest of what a dependant needs, also when nothing changed', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    const hourly = { reference: current('b'), refreshInterval: ms(60 * MINUTE), heldVersionId: 'v1' };
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1'), hourly]);
    expect(world.engine.confirmedAt(key('x'))).toBeUndefined();
    await world.clock.advance(60 * MINUTE);
    world.engine.subscribe(key('y'), [hourly]);
    world.engine.subscribe(key('z'), [minutely(current('a'), 'v1')]);
    const [both, slow = 0, quick = 0] = ['x', 'y', 'z'].map((name) => world.engine.confirmedAt(key(name)));
    expect(both).toBe(slow);
    expect(quick).toBeGreaterThan(slow);
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(10 * MINUTE);
    expect(world.clock.now() - (world.engine.confirmedAt(key('x')) ?? 0)).toBeLessThanOrEqual(MINUTE);
    expect(world.called).toEqual([]);
  });

  it('says the same of what is refreshed for a dependant, or that there is no such thing', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    const { engine, clock } = world;
    engine.subscribe(key('x'), [minutely(current('a'), 'v1'), minutely(pinned('b', 'v1'), 'v1')]);
    engine.subscribe(key('pinned'), [minutely(pinned('b', 'v1'), 'v1')]);
    engine.subscribe(key('quiet'), [{ reference: current('a'), heldVersionId: 'v1' }]);
    const answers = () => ['x', 'pinned', 'quiet', 'nobody'].map((name) => engine.freshness(key(name)));
    expect(answers()).toEqual(['unconfirmed', 'unrefreshed', 'unrefreshed', undefined]);
    await clock.advance(10 * MINUTE);
    const [confirmed, ...others] = answers();
    expect(clock.now() - Number(confirmed)).toBeLessThanOrEqual(MINUTE);
    expect(others).toEqual(['unrefreshed', 'unrefreshed', undefined]);
  });

  it('goes on saying so while it cannot be read', async () => {
    await using world = startEngine();
    world.aws.put('a');
    world.engine.subscribe(key('x'), [minutely(current('a'), 'v1')]);
    await world.clock.advance(MINUTE);
    const confirmed = world.engine.confirmedAt(key('x'));
    expect(confirmed).toBeDefined();
    world.aws.fail('a', 'AccessDenied');
    await world.clock.advance(10 * MINUTE);
    expect(world.engine.observe(current('a')).kind).toBe('failed');
    expect(world.engine.confirmedAt(key('x'))).toBe(confirmed);
  });
});
