// The answer for each caller, if several request the same reference at different times and with different urgency.
import { describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { current, key, MINUTE, minutely, one, startEngine } from '../../engine-world.ts';

describe('a reference that several wait for', () => {
  it('reads what somebody wants at once, though it waits as a refresh behind others that hang', async () => {
    await using world = startEngine();
    const names = Array.from({ length: 300 }, (_, index) => `s${index}`);
    world.aws.put(...names);
    for (const name of names) world.engine.subscribe(key(name), [minutely(current(name), 'v1')]);
    const hung = Promise.withResolvers<void>();
    world.aws.holds.set(identityKey(one), hung.promise);
    await world.clock.advance(MINUTE);
    const waiting = names.find((name) => world.aws.timesOf(name).length === 0);
    world.aws.holds.clear();
    const reading = world.engine.read([current(waiting ?? '')], { maxAge: MINUTE, signal: new AbortController().signal });
    await world.clock.advance(10);
    const asked = world.aws.timesOf(waiting ?? '').length;
    hung.resolve();
    expect(asked).toBe(1);
    expect([...(await reading).values()].map(({ ok: isOk }) => isOk)).toEqual([true]);
  });

  it('answers those whose batch is denied with the read that somebody has forced meanwhile', async () => {
    await using world = startEngine();
    world.aws.put('a', 'b');
    world.aws.batchDenied = true;
    world.aws.latency = 100;
    const signal = new AbortController().signal;
    const early = world.engine.read([current('a'), current('b')], { maxAge: MINUTE, signal });
    await world.clock.advance(50);
    const forced = world.engine.read([current('a')], { maxAge: ms(0), signal });
    await world.clock.advance(1_000);
    expect([...(await early).values(), ...(await forced).values()].map(({ ok: isOk }) => isOk)).toEqual([true, true, true]);
    expect(world.aws.calls.map(({ ids }) => ids)).toEqual([['a', 'b'], ['a'], ['b']]);
  });
});
