// Slots: anchored to the wall clock, once per interval, for every change of the clock.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../../src/base/time/clock.ts';
import type { ReferenceKey } from '../../../../src/source/port.ts';
import { earliness, nextSlot, phaseOf, slotAfter } from '../../../../src/source/schedule/slots.ts';

const phases = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const intervals = fc.integer({ min: 1_000, max: 7 * 86_400_000 }).map(ms);
const times = fc.integer({ min: 1_700_000_000_000, max: 2_000_000_000_000 }).map(ms);

describe('slotAfter', () => {
  it('is later, at most an interval, and the same for all who look before it', () => {
    fc.assert(
      fc.property(phases, intervals, times, fc.double({ min: 0, max: 1, noNaN: true }), (phase, interval, now, share) => {
        const slot = slotAfter(phase, interval, now);
        expect(slot).toBeGreaterThan(now);
        expect(slot - now).toBeLessThanOrEqual(interval);
        expect((slot - phase) % interval === 0 || (slot - (phase % interval)) % interval === 0).toBe(true);
        const later = ms(now + Math.floor((slot - now - 1) * share));
        expect(slotAfter(phase, interval, later)).toBe(slot);
      }),
    );
  });

  it('spreads references evenly over the interval', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 5_000; i++) {
      const tenth = Math.floor((phaseOf(`key ${i}` as ReferenceKey) % 60_000) / 6_000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 500)).toBeLessThan(120);
  });
});

describe('nextSlot', () => {
  it('goes on by one interval after a slot that was served on time, early or late', () => {
    fc.assert(
      fc.property(phases, intervals, times, fc.integer({ min: -1_000, max: 10_000 }), (phase, interval, from, early) => {
        const served = slotAfter(phase, interval, from);
        const now = ms(served - Math.min(early, earliness(interval)));
        expect(nextSlot(phase, interval, now, served)).toBe(early < 0 ? slotAfter(phase, interval, now) : served + interval);
      }),
    );
  });

  it('never lets a clock that was set back stop the refreshes', () => {
    fc.assert(
      fc.property(phases, intervals, times, fc.integer({ min: 60_000, max: 10 ** 10 }), (phase, interval, from, back) => {
        const served = slotAfter(phase, interval, from);
        const now = ms(served - back);
        expect(nextSlot(phase, interval, now, served) - now).toBeLessThanOrEqual(interval + earliness(interval) + 1_000);
      }),
    );
  });
});
