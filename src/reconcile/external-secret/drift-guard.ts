/**
 * Paces repairs: whoever keeps changing a Secret is not fought at full speed. The only thing lost with a restart is the pace, so it's kept
 * in memory.
 */
import { backoffDelay, type BackoffPolicy } from '../../base/backoff.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { Key } from '../../base/key.ts';

/** More repairs than this within the window are a fight. */
const FREE_REPAIRS = 5;
const WINDOW = ms(5 * 60_000);
const PACE: BackoffPolicy = { base: ms(10_000), cap: ms(5 * 60_000), factor: 2, jitter: 0 };

export class DriftGuard {
  readonly #clock: Clock;
  readonly #repairs = new Map<Key, Ms[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  repaired(key: Key): void {
    this.#repairs.set(key, [...this.#recent(key), this.#clock.monotonic()]);
  }

  /** How long the next repair has to wait, or undefined when it may go ahead. */
  waitFor(key: Key): Ms | undefined {
    const repairs = this.#recent(key);
    const last = repairs.at(-1);
    if (last === undefined || repairs.length <= FREE_REPAIRS) return undefined;
    const left = last + backoffDelay(PACE, repairs.length - FREE_REPAIRS) - this.#clock.monotonic();
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
