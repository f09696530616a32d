import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffDelay } from '../../../../src/base/time/backoff.ts';
import { ms } from '../../../../src/base/time/clock.ts';

const policy = { base: ms(1_000), cap: ms(300_000), factor: 2, jitter: 0 };

const policies = fc
  .record({
    base: fc.integer({ min: 1, max: 60_000 }),
    above: fc.integer({ min: 0, max: 3_600_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ base, above, factor, jitter }) => ({ base: ms(base), cap: ms(base + above), factor, jitter }));
const failures = fc.integer({ min: 1, max: 100_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffDelay', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [9, 256_000],
    [10, 300_000],
    [1_000_000, 300_000],
    [0, 1_000],
  ])('waits, after %d failures, %d ms', (count, expected) => {
    expect(backoffDelay(policy, count)).toBe(expected);
  });

  it('lengthens by the jitter, never shortens', () => {
    expect(backoffDelay({ ...policy, jitter: 0.2 }, 1, () => 0)).toBe(1_000);
    expect(backoffDelay({ ...policy, jitter: 0.2 }, 1, () => 0.5)).toBe(1_100);
    fc.assert(
      fc.property(policies, failures, random, (of, count, number) => {
        const plain = backoffDelay({ ...of, jitter: 0 }, count);
        const delay = backoffDelay(of, count, () => number);
        expect(delay).toBeGreaterThanOrEqual(plain);
        expect(delay).toBeLessThanOrEqual(Math.round(of.cap * (1 + of.jitter)));
      }),
    );
  });

  it('grows from base to cap with the number of failures', () => {
    fc.assert(
      fc.property(policies, failures, (of, count) => {
        const plain = { ...of, jitter: 0 };
        const delay = backoffDelay(plain, count);
        expect(delay).toBeGreaterThanOrEqual(of.base);
        expect(delay).toBeLessThanOrEqual(of.cap);
        expect(backoffDelay(plain, count + 1)).toBeGreaterThanOrEqual(delay);
      }),
    );
  });
});
