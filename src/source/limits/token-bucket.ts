/**
 * A rate that is kept below a quota, and that learns: halved when AWS throttles, back to its full height little by little (AIMD), so that
 * callers who share the quota with others find their share.
 */
import { type Clock, type Ms, ms } from '../../base/clock.ts';

/** From nothing to the full rate. */
const RECOVERY_MS = 240_000;
/** Of the full rate: it must be able to learn that the throttling has ended. */
const LEAST_SHARE = 0.01;
/** Tokens for at least so many calls fit in, so that a low rate doesn't mean that nothing ever goes. */
const LEAST_CAPACITY = 2;

export class TokenBucket {
  readonly #clock: Clock;
  readonly #full: number;
  #rate: number;
  #tokens: number;
  #at: Ms;
  #throttledAt = Number.NEGATIVE_INFINITY;

  /** `rate`: calls a second. A second's worth may be made at once. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#full = rate;
    this.#rate = rate;
    this.#at = clock.monotonic();
    this.#tokens = this.#capacity;
  }

  /**
   * Takes one token if `reserve` (a share of the capacity) and `others` (tokens for those who go first) are left then. Gives 0 when it was taken, else
   * in how many milliseconds it's worth to ask again.
   */
  take(reserve = 0, others = 0): Ms {
    this.#refill();
    const needed = 1 + others + reserve * this.#capacity;
    if (this.#tokens >= needed) {
      this.#tokens -= 1;
      return ms(0);
    }
    return ms(Math.max(Math.ceil(((needed - this.#tokens) * 1_000) / this.#rate), 1));
  }

  /** A call that can't wait: later ones make up for it. */
  spend(): void {
    this.#refill();
    this.#tokens -= 1;
  }

  /** A token that was taken was not used. */
  giveBack(): void {
    this.#refill();
    this.#tokens = Math.min(this.#tokens + 1, this.#capacity);
  }

  /** A call that was made at `madeAt` (monotonic) was throttled. Calls that were made side by side count once. */
  throttled(madeAt: number): void {
    if (madeAt <= this.#throttledAt) return;
    this.#refill();
    this.#throttledAt = this.#clock.monotonic();
    this.#rate = Math.max(this.#rate / 2, this.#full * LEAST_SHARE);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  /** Nothing would be lost if it was made anew. */
  get isFull(): boolean {
    this.#refill();
    return this.#rate === this.#full && this.#tokens === this.#capacity;
  }

  get #capacity(): number {
    return Math.max(this.#rate, LEAST_CAPACITY);
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    const elapsed = now - this.#at;
    this.#at = now;
    this.#tokens += (this.#rate * elapsed) / 1_000;
    this.#rate = Math.min(this.#full, this.#rate + (this.#full * elapsed) / RECOVERY_MS);
    this.#tokens = Math.min(this.#tokens, this.#capacity);
  }
}
