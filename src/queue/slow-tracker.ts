/**
 * Finds work that takes too long. One timer serves all work: most work ends long before it counts as slow, so neither its start nor its end
 * moves the timer.
 */
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import { Timer } from './timer.ts';

export class SlowTracker<T> {
  readonly #clock: Clock;
  readonly #slowAfter: Ms;
  readonly #onSlow: (slow: readonly T[]) => void;
  /** The time when each work counts as slow, on the monotonic clock; the earliest first. */
  readonly #due = new Map<T, Ms>();
  readonly #timer: Timer;

  /** `onSlow` gets all work that is slow at that time, also work that it got before. */
  constructor(clock: Clock, slowAfter: Ms, onSlow: (slow: readonly T[]) => void) {
    this.#clock = clock;
    this.#slowAfter = slowAfter;
    this.#onSlow = onSlow;
    this.#timer = new Timer(clock, () => this.#check());
  }

  get size(): number {
    return this.#due.size;
  }

  /** The work has started. For work that is already tracked, the time starts again. */
  start(work: T): void {
    const due = ms(this.#clock.monotonic() + this.#slowAfter);
    this.#due.delete(work);
    this.#due.set(work, due);
    if (!this.#timer.isSet) this.#timer.set(due);
  }

  /** The work has ended, or is not tracked now. False if it was not tracked. */
  end(work: T): boolean {
    return this.#due.delete(work);
  }

  /** Turns the timer off, so that it does not keep the process alive. The next start turns it on. */
  stop(): void {
    this.#timer.set(undefined);
  }

  #check(): void {
    const now = this.#clock.monotonic();
    const slow: T[] = [];
    for (const [work, due] of this.#due) {
      if (due > now) {
        this.#timer.set(due);
        break;
      }
      slow.push(work);
    }
    if (slow.length > 0) this.#onSlow(slow);
  }
}
