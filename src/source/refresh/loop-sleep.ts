/** The sleep of a loop between two passes: until something is due, or until the loop is woken because something is due earlier. */
import { type Clock, ms } from '../../base/time/clock.ts';
import { untilFirst } from '../../base/waiting.ts';

export class LoopSleep {
  readonly #clock: Clock;
  #woken = Promise.withResolvers<void>();
  /** Monotonic: the end of the present sleep. */
  #until = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sleeps until `at` (monotonic; infinity: until it is woken). What was due earlier must be part of `at`: only a call of `wake` during the sleep counts.
   * Rejects with the reason of the signal when it aborts.
   */
  async until(at: number, signal: AbortSignal): Promise<void> {
    this.#woken = Promise.withResolvers();
    this.#until = at;
    await untilFirst(this.#woken.promise, ms(Math.max(at - this.#clock.monotonic(), 0)), this.#clock, signal);
  }

  /** Something is due at `at` (by default: at once): ends a sleep that would last longer. */
  wake(at = Number.NEGATIVE_INFINITY): void {
    if (at < this.#until) this.#woken.resolve();
  }
}
