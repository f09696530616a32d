/** Time as a port: code that waits or compares times takes a Clock, so that tests need no real time. */
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds, as a duration or as the time since the Unix epoch. */
export type Ms = number & { readonly __unit: 'ms' };

export function ms(count: number): Ms {
  return count as Ms;
}

export interface Clock {
  /** Wall clock: milliseconds since the epoch. It may jump. */
  now(): Ms;
  /** Never goes back. Its origin is arbitrary but greater than zero. */
  monotonic(): Ms;
  /** Resolves after `duration`. Rejects with the reason of the signal if it aborts first. */
  sleep(duration: Ms, signal: AbortSignal): Promise<void>;
}

/** The longest delay of Node's timers. A longer timer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => ms(Date.now()),
  monotonic: () => ms(performance.now() + 1),
  async sleep(duration, signal) {
    signal.throwIfAborted();
    const delay = Math.min(Math.max(duration, 0), LONGEST_TIMER_MS);
    try {
      await wait(delay, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
