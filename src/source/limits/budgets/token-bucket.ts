/**
 * A token bucket whose rate adapts to throttling (AIMD): the rate is halved when AWS throttles, and recovers step by step, so that other callers of the same
 * quota get their share.
 */
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';

/** Time of recovery from zero to the full rate. */
const RECOVERY_MS = 240_000;
/** Minimum share of the full rate: calls must continue to detect the end of the throttling. */
const MIN_SHARE = 0.01;
/** Minimum capacity in tokens while the rate is low because of throttling, so that calls continue. */
const MIN_CAPACITY = 2;

export class TokenBucket {
  readonly #clock: Clock;
  readonly #full: number;
  #rate: number;
  #tokens: number;
  #at: Ms;
  #throttledAt = Number.NEGATIVE_INFINITY;

  /** `rate`: calls per second, at least 1. The capacity is the calls of one second, so that the buckets of shards together have that of one bucket. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#full = rate;
    this.#rate = rate;
    this.#at = clock.monotonic();
    this.#tokens = this.#capacity;
  }

  /**
   * Takes one token if `reserve` (a share of the capacity) and `others` (tokens for callers with priority) are left after it. Returns 0 if
   * the token was taken, otherwise the milliseconds until the next try.
   */
  take(reserve = 0, others = 0): Ms {
    this.#refill();
    // A reserve of less than a whole call must not stop all calls.
    const needed = 1 + others + Math.min(reserve * this.#capacity, this.#capacity - 1);
    if (this.#tokens >= needed) {
      this.#tokens -= 1;
      return ms(0);
    }
    return ms(Math.max(Math.ceil(((needed - this.#tokens) * 1_000) / this.#rate), 1));
  }

  /** Counts a call that cannot wait: later calls wait longer. */
  spend(): void {
    this.#refill();
    this.#tokens -= 1;
  }

  /** Returns a token that was not used. */
  giveBack(): void {
    this.#refill();
    this.#tokens = Math.min(this.#tokens + 1, this.#capacity);
  }

  /** A call that was made at `madeAt` (monotonic) was throttled. Concurrent calls count once. */
  throttled(madeAt: number): void {
    if (madeAt <= this.#throttledAt) return;
    this.#refill();
    this.#throttledAt = this.#clock.monotonic();
    this.#rate = Math.max(this.#rate / 2, this.#full * MIN_SHARE);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  /** The bucket is in its initial state, so that it can be dropped. */
  get isFull(): boolean {
    this.#refill();
    return this.#rate === this.#full && this.#tokens === this.#capacity;
  }

  get #capacity(): number {
    return Math.max(this.#rate, Math.min(this.#full, MIN_CAPACITY));
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
