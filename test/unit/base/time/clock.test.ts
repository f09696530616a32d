import { describe, expect, it } from '@jest/globals';
import { ms, systemClock } from '../../../../src/base/time/clock.ts';

describe('systemClock', () => {
  it('tells the wall clock in milliseconds since the epoch', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('has a monotonic time above zero that never goes back', () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonic());
    expect(readings[0]).toBeGreaterThan(0);
    expect(readings).toEqual([...readings].sort((a, b) => a - b));
  });

  it('sleeps for the duration', async () => {
    const before = performance.now();
    await systemClock.sleep(ms(30), new AbortController().signal);
    // Timers count whole milliseconds of the event loop's time, which may lag by one.
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  it.each([0, -5])('does not mind a duration of %d', async (duration) => {
    await expect(systemClock.sleep(ms(duration), new AbortController().signal)).resolves.toBeUndefined();
  });

  it("rejects with the signal's reason when it is aborted", async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(ms(60_000), controller.signal);
    const reason = new Error('stopped');
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  it('does not begin to sleep on an aborted signal', async () => {
    const reason = new Error('stopped');
    await expect(systemClock.sleep(ms(60_000), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('does not fire at once on a delay that is longer than timers take', async () => {
    const controller = new AbortController();
    const outcome = systemClock.sleep(ms(2 ** 40), controller.signal).then(
      () => 'fired',
      () => 'aborted',
    );
    await systemClock.sleep(ms(20), new AbortController().signal);
    controller.abort();
    await expect(outcome).resolves.toBe('aborted');
  });
});
