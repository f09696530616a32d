// Rates by key: a burst at once, then a rate, and no memory for keys without use.
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { Rates } from '../../../../src/base/sharing/rates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const rate = { burst: 5, perSecond: 2 };

function taken(rates: Rates<string>, key: string): number {
  let count = 0;
  while (rates.take(key, rate) === 0) count += 1;
  return count;
}

describe('a rate for each key', () => {
  it('allows a burst at once, then its rate, and never more than the burst after a rest', async () => {
    const clock = new FakeClock();
    const rates = new Rates<string>(clock);
    expect([taken(rates, 'a'), taken(rates, 'b')]).toEqual([5, 5]);
    expect(rates.take('a', rate)).toBe(500);
    await clock.advance(500);
    expect(taken(rates, 'a')).toBe(1);
    await clock.advance(3_600_000);
    expect(taken(rates, 'a')).toBe(5);
  });

  it('keeps nothing of those who have got it all back, whatever one of them owes', async () => {
    const clock = new FakeClock();
    const rates = new Rates<string>(clock);
    rates.charge('deep in debt', rate, 1_000_000, ms(3_600_000));
    for (let count = 0; count < 1_000; count += 1) rates.take(`k${count}`, rate);
    await clock.advance(10_000);
    for (let count = 0; count < 1_000; count += 1) rates.take('another', rate);
    expect(rates.size).toBe(2);
  });

  it('takes back what was not used', async () => {
    const clock = new FakeClock();
    const rates = new Rates<string>(clock);
    expect(taken(rates, 'a')).toBe(5);
    rates.giveBack('a', rate);
    rates.giveBack('a', rate);
    rates.giveBack('b', rate);
    expect([taken(rates, 'a'), taken(rates, 'b')]).toEqual([2, 5]);
    rates.giveBack('a', rate, 100);
    expect(taken(rates, 'a')).toBe(5);
  });

  it('lets something dearer than the burst through once the burst is free, and makes it pay', async () => {
    const clock = new FakeClock();
    const rates = new Rates<string>(clock);
    expect(rates.take('a', rate, 20)).toBe(0);
    expect(rates.take('a', rate)).toBe(8_000);
    await clock.advance(8_000);
    expect(rates.take('a', rate)).toBe(0);
  });

  it('reserves for those who wait one after the other, and refuses those who would wait too long', () => {
    const rates = new Rates<string>(new FakeClock());
    const waits = Array.from({ length: 9 }, () => rates.reserve('a', rate, ms(1_500)));
    expect(waits).toEqual([0, 0, 0, 0, 0, 500, 1_000, 1_500, undefined]);
  });

  it('charges what is used anyway, up to a debt that is paid for in a bounded time', async () => {
    const clock = new FakeClock();
    const rates = new Rates<string>(clock);
    rates.charge('a', rate, 7, ms(3_000));
    // 2 are owed beyond the burst, and one more is asked for.
    expect(rates.waitFor('a', rate)).toBe((3 * 1_000) / rate.perSecond);
    for (let n = 0; n < 100; n += 1) rates.charge('a', rate, 500, ms(3_000));
    expect(rates.waitFor('a', rate)).toBe(3_000 + 1_000 / rate.perSecond);
    await clock.advance(3_000 + 5_000 / rate.perSecond);
    expect(rates.take('a', rate, 5)).toBe(0);
  });

  it('keeps nothing of keys whose burst is free again', async () => {
    const clock = new FakeClock();
    const rates = new Rates<string>(clock);
    for (let n = 0; n < 1_000; n += 1) rates.take(`k${n}`, rate);
    await clock.advance(60_000);
    rates.take('last', rate);
    expect(rates.size).toBe(1);
  });
});
