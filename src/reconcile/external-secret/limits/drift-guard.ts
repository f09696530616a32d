/**
 * Limits the rate of repairs of a Secret that another client changes repeatedly. The state is in memory: after a restart, repairs start
 * without a delay.
 */
import { backoffDelay, type BackoffPolicy } from '../../../base/time/backoff.ts';
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';
import type { Key } from '../../../base/key.ts';

/** Number of repairs within the window without a delay. */
const FREE_REPAIRS = 5;
const WINDOW = ms(5 * 60_000);
const REPAIR_BACKOFF: BackoffPolicy = { base: ms(10_000), cap: ms(5 * 60_000), factor: 2, jitter: 0 };

export class DriftGuard {
  readonly #clock: Clock;
  readonly #repairs = new Map<Key, Ms[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  repaired(key: Key): void {
    this.#repairs.set(key, [...this.#recent(key), this.#clock.monotonic()]);
  }

  /** The delay of the next repair. Undefined: no delay. */
  waitFor(key: Key): Ms | undefined {
    const repairs = this.#recent(key);
    const last = repairs.at(-1);
    if (last === undefined || repairs.length <= FREE_REPAIRS) return undefined;
    const left = last + backoffDelay(REPAIR_BACKOFF, repairs.length - FREE_REPAIRS) - this.#clock.monotonic();
    return left > 0 ? ms(left) : undefined;
  }

  forget(key: Key): void {
    this.#repairs.delete(key);
  }

  #recent(key: Key): Ms[] {
    const since = this.#clock.monotonic() - WINDOW;
    return (this.#repairs.get(key) ?? []).filter((at) => at > since);
  }
}
