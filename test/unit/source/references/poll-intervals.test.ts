// Poll intervals that events or lists extend: a value never becomes older than permitted, whenever they take effect.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../../src/base/time/clock.ts';
import { PollIntervals, type PollTerms } from '../../../../src/source/references/poll-intervals.ts';
import { earliness, slotAfter } from '../../../../src/source/schedule/slots.ts';
import { current } from '../engine-world.ts';

const intervals = fc.integer({ min: 1_000, max: 86_400_000 }).map(ms);
const phases = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const times = fc.integer({ min: 1_700_000_000_000, max: 2_000_000_000_000 }).map(ms);

describe.each(['events', 'lists'] as const)('polls that %s stretch', (by) => {
  function stretched(interval: number, maxAge: number): number | undefined {
    const polls = new PollIntervals(current('any'), { reliesOn: () => true });
    polls.count({ interval: ms(interval), ...(by === 'events' ? { reliance: { maxAge: ms(maxAge) } } : { listedMaxAge: ms(maxAge) }) }, 1);
    return polls.smallest(by === 'lists');
  }

  it('lie so far apart that knowledge is never older than the maximum age, also when they have just begun to be', () => {
    fc.assert(
      fc.property(intervals, intervals, phases, times, (interval, maxAge, phase, begins) => {
        const apart = ms(stretched(interval, maxAge) ?? 0);
        fc.pre(apart > interval);
        // The last read was as early as permitted before its slot, and the next one comes as late as permitted.
        const last = slotAfter(phase, interval, begins) - interval - earliness(interval);
        const next = slotAfter(phase, apart, begins);
        expect(next - last).toBeLessThanOrEqual(maxAge);
        expect(apart + earliness(apart)).toBeLessThanOrEqual(maxAge);
      }),
    );
  });

  it('are nearly the maximum age apart, and never closer than was asked for', () => {
    expect(stretched(60_000, 86_400_000)).toBeGreaterThan(86_400_000 * 0.99);
    expect(stretched(60_000, 30_000)).toBe(60_000);
  });
});

describe('looks by lists', () => {
  const [minute, hour, day] = [ms(60_000), ms(3_600_000), ms(86_400_000)];

  function looked(terms: readonly PollTerms[], relies = true): number | undefined {
    const polls = new PollIntervals(current('any'), { reliesOn: () => relies });
    for (const each of terms) polls.count(each, 1);
    return polls.smallestListed;
  }

  it('are as far apart as the smallest interval of those who let them do', () => {
    expect(looked([{ interval: hour, listedMaxAge: day }])).toBe(hour);
    expect(
      looked([
        { interval: hour, listedMaxAge: day },
        { interval: minute, listedMaxAge: day },
      ]),
    ).toBe(minute);
    expect(looked([{ interval: minute, listedMaxAge: day }, { interval: hour }])).toBe(minute);
  });

  it('are not for what has to be read as often anyway', () => {
    expect(looked([{ interval: minute }])).toBeUndefined();
    expect(looked([{ interval: minute, listedMaxAge: day }, { interval: minute }])).toBeUndefined();
    expect(looked([{ interval: minute, listedMaxAge: ms(minute * 2) }])).toBeUndefined();
  });

  it('stand in for the reads that events leave, as far as these can be relied on', () => {
    const reliance = { maxAge: hour };
    expect(looked([{ interval: minute, reliance, listedMaxAge: hour }])).toBeUndefined();
    expect(looked([{ interval: minute, reliance, listedMaxAge: hour }], false)).toBe(minute);
    const apart = looked([{ interval: minute, reliance, listedMaxAge: day }]);
    expect(apart).toBeGreaterThan(hour * 0.9);
    expect(apart).toBeLessThan(hour);
  });
});
