import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Key } from '../../../src/base/key.ts';
import { RateLimiter } from '../../../src/queue/rate-limiter.ts';

const key = 'team/app' as Key;

describe('RateLimiter', () => {
  it('doubles from one second to five minutes, for each key by itself', () => {
    const limiter = new RateLimiter(undefined, () => 0);
    const delays = Array.from({ length: 11 }, () => limiter.next(key) / 1_000);
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(limiter.next('team/other' as Key)).toBe(1_000);
    expect(limiter.next(key)).toBe(300_000);
  });

  it('starts anew after forget', () => {
    const limiter = new RateLimiter(undefined, () => 0);
    limiter.next(key);
    limiter.next(key);
    limiter.forget(key);
    expect(limiter.next(key)).toBe(1_000);
  });

  it('lengthens by a fifth at most, and never shortens', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999999, noNaN: true }), fc.integer({ min: 1, max: 200 }), (random, failures) => {
        const limiter = new RateLimiter(undefined, () => random);
        let delay = 0;
        for (let count = 0; count < failures; count += 1) delay = limiter.next(key);
        const plain = Math.min(1_000 * 2 ** (failures - 1), 300_000);
        expect(delay).toBeGreaterThanOrEqual(plain);
        expect(delay).toBeLessThanOrEqual(plain * 1.2);
      }),
    );
  });
});
