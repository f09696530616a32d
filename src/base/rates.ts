/** One rate limit for each of many keys. Pure data with a clock: a key whose whole burst is free takes no memory. */
import { type Clock, type Ms, ms } from './clock.ts';

export interface Rate {
  /** How much may be used at once; at least 1. */
  readonly burst: number;
  /** How much is added a second, up to the burst; greater than 0. */
  readonly perSecond: number;
}

/** More than the keys that one use adds. */
const MOVES_A_USE = 2;

export class Rates<K> {
  readonly #clock: Clock;
  /** Until when (monotonic) the use so far is paid for. The key that was used or looked at last comes last. */
  readonly #paidAt = new Map<K, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * 0: `cost` was taken. Else nothing was taken, and so many milliseconds have to pass before it's worth asking again. A cost above the burst is
   * granted when the whole burst is free, and then takes longer to be paid for.
   */
  take(key: K, rate: Rate, cost = 1): Ms {
    const wait = this.waitFor(key, rate, cost);
    if (wait === 0) this.#use(key, rate, cost);
    return wait;
  }

  /** As `take`, but takes nothing. */
  waitFor(key: K, { burst, perSecond }: Rate, cost = 1): Ms {
    const free = burst - (this.#owed(key) * perSecond) / 1_000;
    const missing = Math.min(cost, burst) - free;
    // A rest below one millionth is an error of rounding.
    return missing <= 1e-6 ? ms(0) : ms(Math.max(Math.ceil((missing * 1_000) / perSecond), 1));
  }

  /** Takes `cost` whatever is left: those who ask later wait until it is paid for, but no longer than `longestDebt` before the first one goes on. */
  charge(key: K, rate: Rate, cost: number, longestDebt: Ms): void {
    const longest = (rate.burst * 1_000) / rate.perSecond + longestDebt;
    const free = Math.max(longest - this.#owed(key), 0);
    this.#use(key, rate, Math.min(cost, (free * rate.perSecond) / 1_000));
  }

  /**
   * Takes `cost` now for use after the time that it gives (milliseconds), so that those who wait do not all ask again at once. Undefined, and nothing
   * taken, if that time would be longer than `most`.
   */
  reserve(key: K, rate: Rate, most: Ms, cost = 1): Ms | undefined {
    const wait = this.waitFor(key, rate, cost);
    if (wait > most) return undefined;
    this.#use(key, rate, cost);
    return wait;
  }

  /** What was taken was not used after all. */
  giveBack(key: K, { perSecond }: Rate, cost = 1): void {
    const owed = this.#owed(key) - (cost * 1_000) / perSecond;
    if (this.#paidAt.has(key)) this.#paidAt.set(key, this.#clock.monotonic() + Math.max(owed, 0));
  }

  /** Keys with less than their whole burst, and some that have got it back lately. */
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

  /** Forgets keys that owe nothing any more. One that still owes goes to the end, so that it hides nobody behind it. */
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
