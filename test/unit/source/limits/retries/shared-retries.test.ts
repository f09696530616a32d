// Failing references are retried together: their cost depends on the number of batches.
import { describe, expect, it } from '@jest/globals';
import { identityKey } from '../../../../../src/aws/credentials/identity.ts';
import { failure } from '../../../../../src/failure/failure.ts';
import { ms } from '../../../../../src/base/time/clock.ts';
import { SharedRetries } from '../../../../../src/source/limits/retries/shared-retries.ts';
import { randomFrom } from '../../../../support/random.ts';
import { current, identityNamed, key, MINUTE, minutely, startEngine } from '../../engine-world.ts';

const missing = failure('RemoteSecretNotFound', 'it was not found');
const [mine, theirs] = [identityNamed('mine'), identityNamed('theirs')].map(identityKey);

describe('retries of references that fail for ever', () => {
  it('cost 100 missing secrets some 60 calls an hour, where each on its own would cost 1,150', async () => {
    await using world = startEngine({ random: randomFrom(1) });
    const ids = Array.from({ length: 100 }, (_, n) => `s${n}`);
    // Their reads fail one after the other, at their slots in the first minute.
    for (const id of ids) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
    await world.clock.advance(60 * MINUTE);
    const before = world.aws.calls.length;
    await world.clock.advance(120 * MINUTE);
    expect(Object.values(world.aws.reads).reduce((sum, count) => sum + count) / 100).toBeGreaterThan(34);
    // Eleven or twelve retries an hour, of five calls each.
    expect((world.aws.calls.length - before) / 2).toBeLessThanOrEqual(80);
  }, 60_000);

  it('are as far apart as ever: never less than the delay, and at most a tenth more', async () => {
    await using world = startEngine({ random: randomFrom(2) });
    const ids = Array.from({ length: 50 }, (_, n) => `s${n}`);
    for (const id of ids) world.engine.subscribe(key(id), [minutely(current(id), 'v1')]);
    await world.clock.advance(30 * MINUTE);
    for (const id of ids) {
      const times = world.aws.timesOf(id);
      const delays = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      for (const [index, delay] of delays.entries()) {
        const least = Math.min(30_000 * 2 ** index, 300_000);
        expect(delay).toBeGreaterThanOrEqual(least);
        // And the window in which reads are collected.
        expect(delay).toBeLessThanOrEqual(least * 1.1 + 10);
      }
    }
  }, 60_000);
});

describe('SharedRetries', () => {
  it('gives a reference the time of another as the same identity, when that is late enough and not too late', () => {
    const retries = new SharedRetries(() => 0.5);
    expect(retries.next(mine!, missing, 1, 0)).toBe(31_500);
    expect(retries.next(mine!, missing, 1, 1_000)).toBe(31_500);
    expect(retries.next(mine!, missing, 1, 1_501)).toBe(33_001);
    expect(retries.next(theirs!, missing, 1, 1_000)).toBe(32_500);
    // 60 s: none of them is late enough.
    expect(retries.next(mine!, missing, 2, 1_000)).toBe(64_000);
    expect(retries.next(mine!, missing, 1, 33_000)).toBe(64_000);
  });

  it('keeps to the time that AWS has asked for', () => {
    const retries = new SharedRetries(() => 0);
    retries.next(mine!, missing, 1, 0);
    expect(retries.next(mine!, { ...missing, retryAfterMs: ms(31_000) }, 1, 0)).toBe(31_000);
  });

  it('forgets times that have passed, whoever fails next', () => {
    const retries = new SharedRetries(() => 0.5);
    for (let n = 0; n < 1_000; n++) retries.next(identityKey(identityNamed(`role-${n}`)), missing, 1, 10 * n);
    expect(retries.size).toBe(1_000);
    retries.next(mine!, missing, 1, 50_000);
    retries.next(mine!, missing, 1, 150_000);
    expect(retries.size).toBe(1);
  });
});
