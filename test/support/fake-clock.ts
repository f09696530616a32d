/**
 * A Clock that advances only by request of a test. Sleepers wake in the order of their due times (first come, first served for equal ones),
 * and their work runs to its next wait before the next one wakes, so that a test sees the same order as with real time.
 */
import { type Clock, type Ms, ms } from '../../src/base/time/clock.ts';

interface Sleeper {
  readonly due: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Lets every promise callback that can run now run; it doesn't wait for real input or output. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The same for promises alone, and faster: whatever uses `setImmediate` or timers itself is not waited for. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

/** The same where long work takes slices of the event loop (base/time/time-slices.ts): it goes on in a later iteration of the loop. */
export async function settleSlices(): Promise<void> {
  for (let iteration = 0; iteration < 4; iteration += 1) await settle();
}

export class FakeClock implements Clock {
  readonly #settle: () => Promise<void>;
  readonly #sleepers = new Set<Sleeper>();
  #wall: number;
  #monotonic = 1_000;
  #order = 0;

  /** `start`: the wall clock in milliseconds since the epoch; by default a fixed day in 2026. */
  constructor(start: number = Date.UTC(2026, 0, 1), settled: () => Promise<void> = settle) {
    this.#wall = start;
    this.#settle = settled;
  }

  now(): Ms {
    return ms(this.#wall);
  }

  monotonic(): Ms {
    return ms(this.#monotonic);
  }

  /** How many calls of `sleep` are waiting. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Milliseconds until the next sleeper is due; undefined when nobody sleeps. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.due - this.#monotonic;
  }

  sleep(duration: Ms, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { due: this.#monotonic + Math.max(duration, 0), order: (this.#order += 1), wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Moves time forward by `milliseconds`, waking all who are due on the way, also those who fall asleep meanwhile. */
  async advance(milliseconds: number): Promise<void> {
    await this.#settle();
    const target = this.#monotonic + milliseconds;
    for (let next = this.#next(); next !== undefined && next.due <= target; next = this.#next()) {
      this.#moveTo(next.due);
      this.#sleepers.delete(next);
      next.wake();
      await this.#settle();
    }
    this.#moveTo(target);
    await this.#settle();
  }

  /** Lets the wall clock jump, as NTP or a person may; the monotonic clock and sleepers don't notice. */
  jump(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  /** Lets time go by with nobody running, as when a virtual machine is paused: whoever is due wakes with the next advance, late. */
  freeze(milliseconds: number): void {
    this.#moveTo(this.#monotonic + milliseconds);
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      const earlier = first === undefined || sleeper.due < first.due || (sleeper.due === first.due && sleeper.order < first.order);
      if (earlier) first = sleeper;
    }
    return first;
  }

  #moveTo(monotonic: number): void {
    const step = Math.max(monotonic - this.#monotonic, 0);
    this.#monotonic += step;
    this.#wall += step;
  }
}
