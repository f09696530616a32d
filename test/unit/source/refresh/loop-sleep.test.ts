import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { LoopSleep } from '../../../../src/source/refresh/loop-sleep.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

/** A sleep until so many milliseconds from now. */
function sleeping(wait: number) {
  const clock = new FakeClock();
  const sleep = new LoopSleep(clock);
  const stop = new AbortController();
  const ends: unknown[] = [];
  const start = (): void => {
    sleep.until(clock.monotonic() + wait, stop.signal).then(
      () => ends.push('awake'),
      (error: unknown) => ends.push(error),
    );
  };
  start();
  return { clock, sleep, stop, start, ends };
}

describe('the sleep of a loop', () => {
  it('ends at its time', async () => {
    const { clock, ends } = sleeping(100);
    await clock.advance(99);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect([ends, clock.sleeping]).toEqual([['awake'], 0]);
  });

  it('ends at once if something is due earlier, and only then', async () => {
    const { clock, sleep, ends } = sleeping(100);
    sleep.wake(clock.monotonic() + 100);
    await settle();
    expect(ends).toEqual([]);
    sleep.wake(clock.monotonic() + 99);
    await settle();
    expect([ends, clock.sleeping]).toEqual([['awake'], 0]);
  });

  it('without a time lasts until the loop is woken, and takes no timer', async () => {
    const { clock, sleep, ends } = sleeping(Number.POSITIVE_INFINITY);
    await clock.advance(86_400_000);
    expect([ends, clock.sleeping]).toEqual([[], 0]);
    sleep.wake();
    await settle();
    expect(ends).toEqual(['awake']);
  });

  it('is not ended by what was due before it', async () => {
    const { clock, sleep, start, ends } = sleeping(100);
    sleep.wake();
    await settle();
    sleep.wake();
    start();
    await settle();
    expect(ends).toEqual(['awake']);
    await clock.advance(100);
    expect(ends).toEqual(['awake', 'awake']);
  });

  it('ends with the reason of an abort, and leaves no timer and no listener', async () => {
    const { clock, stop, ends } = sleeping(100);
    const reason = new Error('stopped');
    stop.abort(reason);
    await settle();
    expect([ends, clock.sleeping, getEventListeners(stop.signal, 'abort').length]).toEqual([[reason], 0, 0]);
  });
});
