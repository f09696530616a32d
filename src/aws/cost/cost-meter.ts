/** Estimates the cost of one month from the calls of the last hour, by caller. */
import type { Clock } from '../../base/time/clock.ts';
import type { AwsCall } from '../call/observed-call.ts';
import { type Bounds, costOf } from './prices.ts';
import { SharedMap } from '../../base/sharing/shared-map.ts';

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 60;
/** No estimate before this time, because the calls after the start are not typical. */
const FEWEST_MINUTES = 30;
const MINUTES_OF_MONTH = 30 * 24 * 60;
const MAX_CALLERS = { total: 1_024, perOwner: 64 };

interface Minute {
  minute: number;
  low: number;
  high: number;
}

export class CostMeter {
  readonly #clock: Clock;
  readonly #start: number;
  /** By caller: the minutes of the last hour with calls, oldest first. */
  readonly #callers = new SharedMap<string, Minute[]>(MAX_CALLERS);

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = clock.monotonic();
  }

  record(call: AwsCall): void {
    const { low, high } = costOf(call);
    if (high === 0) return;
    const minute = this.#minute();
    const known = this.#callers.get(call.as);
    const minutes = known ?? [];
    if (known === undefined) this.#callers.set(call.as, minutes, call.owner);
    const last = minutes.at(-1);
    if (last?.minute === minute) {
      last.low += low;
      last.high += high;
    } else minutes.push({ minute, low, high });
    if (minutes.length > WINDOW_MINUTES) minutes.shift();
  }

  /** Dollars a month. Undefined in the first half hour. `caller`: the name of the identity. */
  estimate(caller: string): Bounds | undefined {
    const now = this.#minute();
    const seen = Math.min((this.#clock.monotonic() - this.#start) / MINUTE_MS, WINDOW_MINUTES);
    if (seen < FEWEST_MINUTES) return undefined;
    const sum = { low: 0, high: 0 };
    for (const { minute, low, high } of this.#callers.peek(caller) ?? []) {
      if (now - minute >= WINDOW_MINUTES) continue;
      sum.low += low;
      sum.high += high;
    }
    const months = MINUTES_OF_MONTH / seen;
    return { low: sum.low * months, high: sum.high * months };
  }

  /** The callers that have made calls with a price. */
  *callers(): Generator<{ readonly caller: string; readonly owner: string }> {
    for (const [caller, owner] of this.#callers.owners()) yield { caller, owner };
  }

  #minute(): number {
    return Math.floor(this.#clock.monotonic() / MINUTE_MS);
  }
}
