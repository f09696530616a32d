import { getEventListeners } from 'node:events';
import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Clock, ms, systemClock } from '../../../src/base/time/clock.ts';
import { untilAborted, untilFirst } from '../../../src/base/waiting.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const reason = new DOMException('the lease is lost', 'AbortError');

describe('untilAborted', () => {
  it('settles like the work', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it.each(['before', 'while'] as const)(
    'rejects with the reason of an abort %s it waits, and leaves no rejection of the work unhandled',
    async (when) => {
      const unhandled: unknown[] = [];
      const note = (error: unknown): void => void unhandled.push(error);
      process.on('unhandledRejection', note);
      try {
        const abort = new AbortController();
        const { promise: work, reject } = Promise.withResolvers<never>();
        if (when === 'before') abort.abort(reason);
        const waiting = untilAborted(work, abort.signal);
        abort.abort(reason);
        await expect(waiting).rejects.toBe(reason);
        reject(new Error('the work has failed'));
        for (let turn = 0; turn < 3; turn += 1) await immediate();
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', note);
      }
    },
  );
});

const NEVER = new Promise<void>(() => undefined);

function started(wait: number) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const { promise: event, resolve: occur, reject: fail } = Promise.withResolvers<void>();
  const ends: unknown[] = [];
  untilFirst(event, ms(wait), clock, stop.signal).then(
    () => ends.push('resolved'),
    (error: unknown) => ends.push(error),
  );
  const left = (): readonly number[] => [clock.sleeping, getEventListeners(stop.signal, 'abort').length];
  return { clock, stop, occur, fail, ends, left };
}

describe('untilFirst', () => {
  it.each([1_000, Number.POSITIVE_INFINITY])('ends with the event, and leaves no timer and no listener (%d ms)', async (wait) => {
    const { occur, ends, left } = started(wait);
    await settle();
    expect([ends, left()]).toEqual([[], [wait === 1_000 ? 1 : 0, 1]]);
    occur();
    await settle();
    expect([ends, left()]).toEqual([['resolved'], [0, 0]]);
  });

  it('ends after the time', async () => {
    const { clock, ends, left } = started(1_000);
    await clock.advance(999);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect([ends, left()]).toEqual([['resolved'], [0, 0]]);
  });

  it.each([1_000, Number.POSITIVE_INFINITY])('rejects at an abort, and leaves no timer and no listener (%d ms)', async (wait) => {
    const { stop, ends, left } = started(wait);
    const reason = new Error('stopped');
    stop.abort(reason);
    await settle();
    expect([ends, left()]).toEqual([[reason], [0, 0]]);
  });

  it('rejects if the event does', async () => {
    const { fail, ends, left } = started(1_000);
    const reason = new Error('failed');
    fail(reason);
    await settle();
    expect([ends, left()]).toEqual([[reason], [0, 0]]);
  });

  it('starts no timer if the signal has aborted before', async () => {
    const started: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep: async (duration) => void started.push(duration),
    };
    await expect(untilFirst(NEVER, ms(1_000), clock, AbortSignal.abort('stopped'))).rejects.toBe('stopped');
    expect(started).toEqual([]);
  });

  it('leaves no timer of the process after an abort', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const stop = new AbortController();
    const waiting = untilFirst(NEVER, ms(3_600_000), systemClock, stop.signal);
    expect(timers()).toBe(before + 1);
    stop.abort('stopped');
    await expect(waiting).rejects.toBe('stopped');
    expect([timers(), getEventListeners(stop.signal, 'abort').length]).toEqual([before, 0]);
  });
});
