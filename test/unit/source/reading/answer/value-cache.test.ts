// The value cache: age, size and expiry.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../../../src/base/time/clock.ts';
import { ValueCache } from '../../../../../src/source/reading/answer/value-cache.ts';
import { referenceKey } from '../../../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { current } from '../../engine-world.ts';
import { versionOf } from '../../memory-secrets-manager.ts';

const a = referenceKey(current('a'));

describe('ValueCache', () => {
  it('serves what was confirmed within the age asked for, and keeps nothing longer for it', async () => {
    const clock = new FakeClock();
    const cache = new ValueCache(clock, { ttl: ms(300_000), bytes: 10_000 });
    cache.put(a, versionOf('a', 'v1', 0), ms(0));
    await clock.advance(100_000);
    expect(cache.get(a, ms(99_999))).toBeUndefined();
    expect(cache.get(a, ms(100_000))?.versionId).toBe('v1');
    cache.confirm(a, 'v1', ms(0));
    expect(cache.get(a, ms(1))?.versionId).toBe('v1');
    await clock.advance(200_000);
    expect(cache.get(a, ms(10 ** 9))).toBeUndefined();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it('counts the age from when AWS was asked', async () => {
    const clock = new FakeClock();
    const cache = new ValueCache(clock, { ttl: ms(300_000), bytes: 10_000 });
    cache.put(a, versionOf('a', 'v1', 0), ms(40_000));
    expect(cache.get(a, ms(39_999))).toBeUndefined();
    expect(cache.get(a, ms(40_000))?.versionId).toBe('v1');
    cache.confirm(a, 'v1', ms(10_000));
    expect(cache.get(a, ms(10_000))?.versionId).toBe('v1');
  });

  it('drops what AWS has replaced', () => {
    const cache = new ValueCache(new FakeClock(), { ttl: ms(1_000), bytes: 10_000 });
    cache.put(a, versionOf('a', 'v1', 0), ms(0));
    cache.confirm(a, 'v2', ms(0));
    expect(cache.size).toBe(0);
  });

  it('keeps nothing when it is off', () => {
    const cache = new ValueCache(new FakeClock(), { ttl: ms(0), bytes: 10_000 });
    cache.put(a, versionOf('a', 'v1', 0), ms(0));
    expect([cache.size, cache.nextExpiry]).toEqual([0, undefined]);
  });

  it('never holds more bytes than it may', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 })), fc.integer({ min: 0, max: 5_000 }), (ids, bytes) => {
        const cache = new ValueCache(new FakeClock(), { ttl: ms(1_000), bytes });
        for (const id of ids) {
          cache.put(referenceKey(current(`s${id}`)), versionOf(`s${id}`, 'v1', 0), ms(0));
          expect(cache.bytes).toBeLessThanOrEqual(bytes);
          expect(cache.size === 0).toBe(cache.bytes === 0);
        }
      }),
    );
  });
});
