/**
 * Computes when failed reads are retried. References of one identity share a retry time within the jitter of their delays, so that a
 * hundred missing secrets need few batch calls. No retry comes earlier, or later, than the delay of its own reference allows.
 */
import type { Failure } from '../../../failure/failure.ts';
import type { IdentityKey } from '../../../aws/credentials/identity.ts';
import { retryDelay } from './retry-delay.ts';

export class SharedRetries {
  readonly #random: () => number;
  /** Future retry times (monotonic), the earliest first. The identity with the latest new time comes last. */
  readonly #times = new Map<IdentityKey, readonly number[]>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Retry time of a reference after `failures` (>= 1) consecutive failures. Monotonic, like `now`. */
  next(identity: IdentityKey, failure: Failure, failures: number, now: number): number {
    this.#forgetPassed(now);
    const earliest = now + retryDelay(failure, failures, () => 0);
    const latest = now + retryDelay(failure, failures, () => 1);
    const times = this.#times.get(identity) ?? [];
    const shared = times.find((at) => at >= earliest && at <= latest);
    if (shared !== undefined) return shared;
    const at = now + retryDelay(failure, failures, this.#random);
    this.#times.delete(identity);
    this.#times.set(
      identity,
      [...times.filter((other) => other > now), at].sort((a, b) => a - b),
    );
    return at;
  }

  /** Number of identities with future retry times. */
  get size(): number {
    return this.#times.size;
  }

  #forgetPassed(now: number): void {
    for (const [identity, times] of this.#times) {
      if ((times.at(-1) ?? now) > now) return;
      this.#times.delete(identity);
    }
  }
}
