/**
 * Circuit breakers, one for each identity or service that fails as a whole. After each failure a breaker opens for a growing time. After
 * that, one call at a time is made as a probe, so ten thousand references cause as many calls as one.
 */
import type { Failure } from '../../../failure/failure.ts';
import type { Clock } from '../../../base/time/clock.ts';
import { SharedMap } from '../../../base/sharing/shared-map.ts';
import { retryDelay } from '../retries/retry-delay.ts';

/** The state of a breaker after a failure. It is open until `until`. After that, a probe may be made. */
export interface OpenBreaker {
  readonly failure: Failure;
  /** Number of consecutive failures. */
  readonly failures: number;
  /** Monotonic. */
  readonly failedAt: number;
  /** Monotonic time of the next probe. */
  readonly until: number;
  /** The only namespace whose calls failed: the breaker is open for this one only. Undefined: open for all namespaces. */
  readonly only?: string | undefined;
}

export interface FailedCall {
  readonly failure: Failure;
  /** Monotonic. */
  readonly madeAt: number;
  readonly only?: string | undefined;
  /** The namespace whose share the breaker uses. */
  readonly owner?: string | undefined;
}

/** Identities change over time (a rotated key is a new one). Breakers that were not tried for this time are dropped. */
export const FORGET_MS = 15 * 60_000;
/** Interval of the search for them. The search checks each breaker, so not every failure causes it. */
export const FORGET_EVERY_MS = 60_000;
const MAX_BREAKERS = { total: 4_096 };

export class CircuitBreakers<K extends string> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #breakers = new SharedMap<K, OpenBreaker>(MAX_BREAKERS);
  #forgotAt = Number.NEGATIVE_INFINITY;
  #relieved = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A call has failed as a whole. Concurrent calls count once. */
  failed(key: K, { failure, madeAt, only, owner }: FailedCall): OpenBreaker {
    const before = this.#breakers.get(key);
    if (before !== undefined && madeAt <= before.failedAt) {
      const updated = only === undefined ? { ...before, only } : before;
      this.#breakers.set(key, updated, owner);
      return updated;
    }
    const failedAt = this.#clock.monotonic();
    const failures = (before?.failures ?? 0) + 1;
    const state = { failure, failures, failedAt, until: failedAt + retryDelay(failure, failures, this.#random), only };
    this.#breakers.set(key, state, owner);
    this.#forget(failedAt);
    return state;
  }

  passed(key: K): void {
    if (this.#breakers.delete(key)) this.#relieved += 1;
  }

  /** Grows whenever a breaker permits calls earlier than before. */
  get relieved(): number {
    return this.#relieved;
  }

  /** Whether the last call has failed, whether or not the breaker is open now. */
  isFailing(key: K): boolean {
    return this.#breakers.has(key);
  }

  /** The state of the breaker, whether or not it is open now. */
  of(key: K): OpenBreaker | undefined {
    return this.#breakers.get(key);
  }

  /** The state of the breaker while it is open. */
  openBreaker(key: K): OpenBreaker | undefined {
    const state = this.#breakers.get(key);
    return state !== undefined && state.until > this.#clock.monotonic() ? state : undefined;
  }

  /** Moves the next probe forward, to `delayMs` after the last failure. */
  retrySoon(key: K, delayMs: number): void {
    const state = this.#breakers.get(key);
    if (state === undefined) return;
    this.#breakers.set(key, { ...state, until: Math.min(state.until, state.failedAt + delayMs) });
    this.#relieved += 1;
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
