/**
 * The backoff of a key after consecutive failures: exponential, for each key separately, like client-go's
 * ItemExponentialFailureRateLimiter.
 */
import { backoffDelay, type BackoffPolicy } from '../base/time/backoff.ts';
import { type Ms, ms } from '../base/time/clock.ts';
import type { Key } from '../base/key.ts';

/** AWS and the API server are called again after 1, 2, 4 ... s. A repaired permission is noticed after five minutes at most. */
export const defaultRetryPolicy: BackoffPolicy = { base: ms(1_000), cap: ms(300_000), factor: 2, jitter: 0.2 };

export class RateLimiter {
  readonly #failures = new Map<Key, number>();
  readonly #policy: BackoffPolicy;
  readonly #random: () => number;

  constructor(policy: BackoffPolicy = defaultRetryPolicy, random: () => number = Math.random) {
    this.#policy = policy;
    this.#random = random;
  }

  /** Counts one more failure. Returns the delay before the next attempt. */
  next(key: Key): Ms {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    return backoffDelay(this.#policy, failures, this.#random);
  }

  /** Called after a success, and for a deleted object. The next failure counts as the first one. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }
}
