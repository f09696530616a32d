import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { keyed } from '../../../../src/source/references/reference-key.ts';
import { TrackedReference } from '../../../../src/source/references/tracked-reference.ts';
import { current, key, MINUTE, minutely } from '../engine-world.ts';

const reference = current('db');
const tracked = () => new TrackedReference(keyed(reference), 0, { minInterval: ms(1_000) });
const reliance = { maxAge: ms(3_600_000) };

describe('a subscription', () => {
  it('that repeats the interest of the dependant makes no new subscriber', () => {
    const one = tracked();
    const interest = () => ({ ...minutely(reference, 'v1'), reliance: { ...reliance } });
    const subscriber = one.subscribe(key('a'), interest());
    one.subscribe(key('b'), minutely(reference));
    expect(one.subscribe(key('a'), interest())).toBe(subscriber);
    expect([one.interval, one.subscribers.size, one.mayStretch]).toEqual([MINUTE, 2, true]);
  });

  it.each([
    ['another interval', { ...minutely(reference, 'v1'), refreshInterval: ms(5_000) }, 5_000],
    ['no interval', { reference, heldVersionId: 'v1' }, undefined],
    ['another version', minutely(reference, 'v2'), MINUTE],
    ['the reliance on events', { ...minutely(reference, 'v1'), reliance }, MINUTE],
  ] as const)('with %s is a new one, in the place of the former', (_, interest, interval) => {
    const one = tracked();
    const subscriber = one.subscribe(key('a'), minutely(reference, 'v1'));
    const next = one.subscribe(key('a'), interest);
    expect(next).not.toBe(subscriber);
    expect([...one.subscribers]).toEqual([next]);
    expect(one.interval).toBe(interval);
    one.subscribe(key('a'), undefined);
    expect([one.interval, one.isUsed]).toEqual([undefined, false]);
  });
});
