/**
 * What fails as a whole (an identity, a service in a region): one gate each, closed for a growing while after each failure. While it is failing
 * only one call at a time goes through to try, so that ten thousand references ask AWS as often as one.
 */
import type { Failure } from '../../api/failure.ts';
import type { Clock } from '../../base/clock.ts';
import { retryDelay } from './retry-delay.ts';
import { OwnedMap } from './owned-map.ts';

export interface OpenBreaker {
  readonly failure: Failure;
  /** In a row. */
  readonly failures: number;
  /** Monotonic. */
  readonly failedAt: number;
  /** Monotonic: from then on it may be tried. */
  readonly until: number;
  /** The only namespace whose calls have failed: the others are not kept from trying. Undefined: it is closed for all. */
  readonly only?: string | undefined;
}

export interface FailedCall {
  readonly failure: Failure;
  /** Monotonic. */
  readonly madeAt: number;
  readonly only?: string | undefined;
  /** Namespace whose share the gate counts for. */
  readonly owner?: string | undefined;
}

/** Identities come and go (a rotated key is a new one): gates of those that nobody tries any more are dropped. */
export const FORGET_MS = 15 * 60_000;
/** Looking for them takes time for each gate, which no single failure is to cost. */
export const FORGET_EVERY_MS = 60_000;
const MAX_GATES = 4_096;

export class CircuitBreakers<K extends string> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #breakers = new OwnedMap<K, OpenBreaker>(MAX_GATES);
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A call has failed for the whole. Calls that were made side by side count once. */
  failed(key: K, { failure, madeAt, only, owner }: FailedCall): OpenBreaker {
    const before = this.#breakers.get(key);
    if (before !== undefined && madeAt <= before.failedAt) {
      const same = only === undefined ? { ...before, only } : before;
      this.#breakers.set(key, same, owner);
      return same;
    }
    const failedAt = this.#clock.monotonic();
    const failures = (before?.failures ?? 0) + 1;
    const open = { failure, failures, failedAt, until: failedAt + retryDelay(failure, failures, this.#random), only };
    this.#breakers.set(key, open, owner);
    this.#forget(failedAt);
    return open;
  }

  passed(key: K): void {
    this.#breakers.delete(key);
  }

  /** Has the last call failed, whether or not it may be tried again now? */
  isFailing(key: K): boolean {
    return this.#breakers.has(key);
  }

  /** The gate, whether or not it may be tried. */
  of(key: K): OpenBreaker | undefined {
    return this.#breakers.get(key);
  }

  /** The gate, as long as it may not be tried. */
  closed(key: K): OpenBreaker | undefined {
    const open = this.#breakers.get(key);
    return open !== undefined && open.until > this.#clock.monotonic() ? open : undefined;
  }

  /** Moves the time from which on it may be tried forward, to `delayMs` after its last failure. */
  retrySoon(key: K, delayMs: number): void {
    const open = this.#breakers.get(key);
    if (open !== undefined) this.#breakers.set(key, { ...open, until: Math.min(open.until, open.failedAt + delayMs) });
  }

  get size(): number {
    return this.#breakers.size;
  }

  #forget(now: number): void {
    if (now - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    for (const [key, { until }] of this.#breakers) if (now - until > FORGET_MS) this.#breakers.delete(key);
  }
}
