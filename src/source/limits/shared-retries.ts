/**
 * When failed reads are tried again: references of one identity share a time where their delays allow it, so that a hundred missing secrets cost
 * as many calls as they fill. The delays are those of each by itself: a time is shared only within what their jitter may add.
 */
import type { Failure } from '../../api/failure.ts';
import type { IdentityKey } from '../../aws/credentials/identity.ts';
import { retryDelay } from './retry-delay.ts';

export class SharedRetries {
  readonly #random: () => number;
  /** Times to come (monotonic), the earliest first; the identity that got one last comes last. */
  readonly #times = new Map<IdentityKey, readonly number[]>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** When a reference is tried again that has failed `failures` (>= 1) times in a row; monotonic like `now`. */
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

  /** Identities with times to come. */
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
