/** One timer that can be moved. It calls `onDue` when the monotonic clock reaches the time that was set last. */
import { type Clock, type Ms, ms } from '../base/time/clock.ts';

export class Timer implements Disposable {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #at: Ms | undefined;
  #waiting: AbortController | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get isSet(): boolean {
    return this.#at !== undefined;
  }

  /** Moves the timer; undefined turns it off. For a time in the past, `onDue` is called after the caller has returned. */
  set(at: Ms | undefined): void {
    if (at === this.#at) return;
    this.#waiting?.abort();
    this.#waiting = undefined;
    this.#at = at;
    if (at !== undefined) void this.#wait(at);
  }

  [Symbol.dispose](): void {
    this.set(undefined);
  }

  async #wait(at: Ms): Promise<void> {
    const waiting = new AbortController();
    this.#waiting = waiting;
    try {
      // Timers can fire early (they are limited to 24 days, and rounded), so the clock decides.
      do await this.#clock.sleep(ms(at - this.#clock.monotonic()), waiting.signal);
      while (this.#clock.monotonic() < at);
    } catch (error) {
      if (waiting.signal.aborted) return;
      throw error;
    }
    if (waiting.signal.aborted) return;
    this.#at = undefined;
    this.#waiting = undefined;
    this.#onDue();
  }
}
