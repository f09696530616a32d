/**
 * How many references a namespace may have read for its rounds: enough for a start and for honest changes, and far less than who edits, deletes and
 * creates without end would ask for. What is beyond is read later. Refreshes are not counted: their interval bounds them.
 */
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { type Rate, Rates } from '../../base/rates.ts';

export interface ReadRateOptions {
  readonly clock: Clock;
  /** How many resources a namespace has; undefined: nothing is limited. */
  readonly resourcesIn?: ((namespace: string) => number) | undefined;
}

/** Of a namespace, and what each of its resources adds: all of them can be read twenty times over at once, and all once in ten minutes for ever. */
const BURST = { base: 2_000, each: 40 };
const PER_SECOND = { base: 20, each: 1 / 150 };

export class ReadRate {
  readonly #options: ReadRateOptions;
  readonly #rates: Rates<string>;

  constructor(options: ReadRateOptions) {
    this.#options = options;
    this.#rates = new Rates(options.clock);
  }

  /** How long the next round of the namespace has to wait before it reads; 0: not at all. */
  waitFor(namespace: string): Ms {
    const rate = this.#rateOf(namespace);
    return rate === undefined ? ms(0) : this.#rates.waitFor(namespace, rate);
  }

  /** One reference is read for a round of the namespace. */
  charge(namespace: string): void {
    const rate = this.#rateOf(namespace);
    if (rate !== undefined) this.#rates.charge(namespace, rate);
  }

  #rateOf(namespace: string): Rate | undefined {
    const resources = this.#options.resourcesIn?.(namespace);
    if (resources === undefined) return undefined;
    return { burst: BURST.base + resources * BURST.each, perSecond: PER_SECOND.base + resources * PER_SECOND.each };
  }
}
