// The token bucket: its rate halves when AWS throttles, and recovers slowly.
import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from '../../../../../src/source/limits/budgets/token-bucket.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

/** Number of calls within a while, if each is requested after the wait that the bucket returns. */
async function taken(bucket: TokenBucket, clock: FakeClock, milliseconds: number, reserve = 0): Promise<number> {
  let count = 0;
  const end = clock.monotonic() + milliseconds;
  for (;;) {
    const wait = bucket.take(reserve);
    if (wait === 0) count += 1;
    else if (clock.monotonic() + wait > end) break;
    else await clock.advance(wait);
  }
  await clock.advance(end - clock.monotonic());
  return count;
}

describe('a token bucket', () => {
  it('lets a second’s worth through at once, and its rate from then on', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, 40);
    expect(await taken(bucket, clock, 0)).toBe(40);
    expect(await taken(bucket, clock, 10_000)).toBe(400);
    await clock.advance(60_000);
    expect(await taken(bucket, clock, 0)).toBe(40);
  });

  it('leaves a reserve, which those who may use it find', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, 40);
    expect(await taken(bucket, clock, 0, 0.25)).toBe(30);
    expect(bucket.take(0.25)).toBeGreaterThan(0);
    expect(await taken(bucket, clock, 0)).toBe(10);
  });

  it('halves when it is throttled, once for calls made side by side, and recovers little by little', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, 40);
    bucket.throttled(clock.monotonic());
    bucket.throttled(clock.monotonic());
    const first = await taken(bucket, clock, 5_000);
    expect(first).toBeGreaterThanOrEqual(95);
    expect(first).toBeLessThanOrEqual(105);
    await clock.advance(60_000);
    expect(bucket.isFull).toBe(false);
    await clock.advance(120_000);
    expect(bucket.isFull).toBe(true);
  });

  it('never comes to a halt, however often it is throttled', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, 40);
    for (let round = 0; round < 50; round++) {
      await clock.advance(1);
      bucket.throttled(clock.monotonic());
    }
    expect(await taken(bucket, clock, 10_000)).toBeGreaterThan(3);
  });

  it('lets no more than a second’s worth through at once where that is less than two calls, and still makes calls', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, 1.5);
    expect([await taken(bucket, clock, 0), await taken(bucket, clock, 10_000)]).toEqual([1, 15]);
    await clock.advance(60_000);
    expect(await taken(bucket, clock, 0, 0.25)).toBe(1);
    const slow = new TokenBucket(clock, 1);
    expect([await taken(slow, clock, 10_000, 0.25), slow.take(0, 1)]).toEqual([11, expect.any(Number)]);
    await clock.advance(60_000);
    for (let round = 0; round < 50; round++) {
      await clock.advance(1);
      slow.throttled(clock.monotonic());
    }
    expect(await taken(slow, clock, 600_000)).toBeGreaterThan(3);
    await clock.advance(600_000);
    expect(slow.isFull).toBe(true);
  });

  it('makes later calls pay for those that could not wait', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, 10);
    for (let count = 0; count < 20; count++) bucket.spend();
    expect(bucket.take()).toBe(1_100);
    await clock.advance(1_100);
    expect(bucket.take()).toBe(0);
  });
});
