/**
 * Tells which pieces of work take longer than they should. One timer serves all of them: most end long before they count as slow, so neither their start nor
 * their end moves the timer.
 */
import { type Clock, type Ms, ms } from '../base/clock.ts';
import { Timer } from './timer.ts';

export class SlowTracker<T> {
  readonly #clock: Clock;
  readonly #slowAfter: Ms;
  readonly #onSlow: (slow: readonly T[]) => void;
  /** When each counts as slow, by the monotonic clock; the earliest first. */
  readonly #due = new Map<T, Ms>();
  readonly #timer: Timer;

  /** `onSlow` gets all that are slow at that time, also those that it got before. */
  constructor(clock: Clock, slowAfter: Ms, onSlow: (slow: readonly T[]) => void) {
    this.#clock = clock;
    this.#slowAfter = slowAfter;
    this.#onSlow = onSlow;
    this.#timer = new Timer(clock, () => this.#check());
  }

  get size(): number {
    return this.#due.size;
  }

  /** The work has started. For work that is tracked already, the time starts again. */
  start(work: T): void {
    const due = ms(this.#clock.monotonic() + this.#slowAfter);
    this.#due.delete(work);
    this.#due.set(work, due);
    if (!this.#timer.isSet) this.#timer.set(due);
  }

  /** The work has ended, or is tracked no more. False if it was not tracked. */
  end(work: T): boolean {
    return this.#due.delete(work);
  }

  /** Switches the timer off, so that it does not keep the process alive. The next start switches it on. */
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
