/** One rate limit for each of many keys. Pure data with a clock. A key whose whole burst is free takes no memory. */
import { type Clock, type Ms, ms } from '../time/clock.ts';

export interface Rate {
  /** Maximum use at once; at least 1. */
  readonly burst: number;
  /** Amount that is added each second, up to the burst; greater than 0. */
  readonly perSecond: number;
}

/** More than the number of keys that one use adds. */
const MOVES_A_USE = 2;

export class Rates<K> {
  readonly #clock: Clock;
  /** Monotonic time at which the use of a key is paid off. The key that was used or checked last comes last. */
  readonly #paidAt = new Map<K, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * 0: `cost` was taken. Else nothing was taken; returns the milliseconds until the next try. A cost above the burst needs the whole burst.
   */
  take(key: K, rate: Rate, cost = 1): Ms {
    const wait = this.waitFor(key, rate, cost);
    if (wait === 0) this.#use(key, rate, cost);
    return wait;
  }

  /** Like `take`, but takes nothing. */
  waitFor(key: K, { burst, perSecond }: Rate, cost = 1): Ms {
    const free = burst - (this.#owed(key) * perSecond) / 1_000;
    const missing = Math.min(cost, burst) - free;
    // A remainder below one millionth is a rounding error.
    return missing <= 1e-6 ? ms(0) : ms(Math.max(Math.ceil((missing * 1_000) / perSecond), 1));
  }

  /** Takes `cost` at once, even beyond the burst. Later calls wait, at most `longestDebt` longer. */
  charge(key: K, rate: Rate, cost: number, longestDebt: Ms): void {
    const longest = (rate.burst * 1_000) / rate.perSecond + longestDebt;
    const free = Math.max(longest - this.#owed(key), 0);
    this.#use(key, rate, Math.min(cost, (free * rate.perSecond) / 1_000));
  }

  /** Reserves `cost` for a later time and returns the wait. Undefined if the wait exceeds `most`. */
  reserve(key: K, rate: Rate, most: Ms, cost = 1): Ms | undefined {
    const wait = this.waitFor(key, rate, cost);
    if (wait > most) return undefined;
    this.#use(key, rate, cost);
    return wait;
  }

  /** Returns a cost that was taken but not used. */
  giveBack(key: K, { perSecond }: Rate, cost = 1): void {
    const owed = this.#owed(key) - (cost * 1_000) / perSecond;
    if (this.#paidAt.has(key)) this.#paidAt.set(key, this.#clock.monotonic() + Math.max(owed, 0));
  }

  /** Number of keys that are below their burst, and of some that reached it recently. */
  get size(): number {
    return this.#paidAt.size;
  }

  #owed(key: K): number {
    return Math.max((this.#paidAt.get(key) ?? 0) - this.#clock.monotonic(), 0);
  }

  #use(key: K, { perSecond }: Rate, cost: number): void {
    const now = this.#clock.monotonic();
    const paidAt = now + this.#owed(key) + (cost * 1_000) / perSecond;
    this.#paidAt.delete(key);
    this.#paidAt.set(key, paidAt);
    this.#sweep(now);
  }

  /** Removes keys that owe nothing. A key that still owes moves to the end, so that the keys behind it are checked. */
  #sweep(now: number): void {
    let owing = 0;
    for (const [key, until] of this.#paidAt) {
      if (until > now) owing += 1;
      if (owing > MOVES_A_USE) return;
      this.#paidAt.delete(key);
      if (until > now) this.#paidAt.set(key, until);
    }
  }
}
