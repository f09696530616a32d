/**
 * Identities for which everything fails alike (throttled, credentials refused): one gate each, closed for a growing while after each failure.
 * While it is failing only one call at a time goes through to try, so that ten thousand references ask AWS as often as one.
 */
import type { Failure } from '../api/failure.ts';
import type { IdentityKey } from '../aws/identity.ts';
import type { Clock } from '../base/clock.ts';
import { retryDelay } from './retry.ts';

interface Gate {
  readonly failure: Failure;
  readonly failures: number;
  /** Monotonic. */
  readonly failedAt: number;
  readonly until: number;
}

/** Identities come and go (a rotated key is a new one): gates of those that nobody tries any more are dropped. */
const FORGET_MS = 15 * 60_000;

export class IdentityGates {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #gates = new Map<IdentityKey, Gate>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A call that was made at `madeAt` failed for the identity as a whole, or did not. Calls that were made side by side count once. */
  judge(identity: IdentityKey, verdict: Failure | 'passed', madeAt: number): void {
    if (verdict === 'passed') this.#gates.delete(identity);
    else this.#failed(identity, verdict, madeAt);
  }

  /** Has the last call failed, whether or not it may be tried again now? */
  isFailing(identity: IdentityKey): boolean {
    return this.#gates.has(identity);
  }

  /** Monotonic time from when the identity may be tried, and what is told until then; undefined when it may be now. */
  closed(identity: IdentityKey): { readonly failure: Failure; readonly until: number } | undefined {
    const gate = this.#gates.get(identity);
    return gate !== undefined && gate.until > this.#clock.monotonic() ? gate : undefined;
  }

  #failed(identity: IdentityKey, failure: Failure, madeAt: number): void {
    const before = this.#gates.get(identity);
    if (before !== undefined && madeAt <= before.failedAt) return;
    const failedAt = this.#clock.monotonic();
    const failures = (before?.failures ?? 0) + 1;
    this.#gates.set(identity, { failure, failures, failedAt, until: failedAt + retryDelay(failure, failures, this.#random) });
    for (const [key, gate] of this.#gates) if (failedAt - gate.until > FORGET_MS) this.#gates.delete(key);
  }
}
