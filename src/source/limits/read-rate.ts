/**
 * How many references a namespace may have read for its rounds: enough for a start and for honest changes, and far less than edits, deletions and
 * creations in a loop ask for. What is beyond is read later. Refreshes are not counted: their interval bounds them.
 */
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { type Rate, Rates } from '../../base/rates.ts';

export interface ReadRateOptions {
  readonly clock: Clock;
  /** How many resources a namespace has; undefined: nothing is limited. */
  readonly resourcesIn?: ((namespace: string) => number) | undefined;
}

interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** References of a namespace, and what each of its resources adds: 40 references at once, and 4 in ten minutes for ever. */
const REFERENCES: { readonly base: Allowance; readonly each: Allowance } = {
  base: { burst: 2_000, perSecond: 20 },
  each: { burst: 40, perSecond: 1 / 150 },
};
/** First rounds, of which the references are not counted: two of each resource at once, and then one of each in ten minutes. */
const FIRST_ROUNDS: { readonly base: Allowance; readonly each: Allowance } = {
  base: { burst: 2, perSecond: 1 / 50 },
  each: { burst: 2, perSecond: 1 / 600 },
};
/** What is read past the rate is paid for in this time at most. */
const LONGEST_DEBT = ms(30_000);

export class ReadRate {
  readonly #options: ReadRateOptions;
  readonly #references: Rates<string>;
  readonly #firstRounds: Rates<string>;

  constructor(options: ReadRateOptions) {
    this.#options = options;
    this.#references = new Rates(options.clock);
    this.#firstRounds = new Rates(options.clock);
  }

  /** Whether the first round of a resource may read at once, whatever else the namespace has read; it is counted then. */
  takeFirstRound(namespace: string): boolean {
    const rate = this.#rateOf(namespace, FIRST_ROUNDS);
    return rate === undefined || this.#firstRounds.take(namespace, rate) === 0;
  }

  /** 0: so many references may be read for a round now, and are counted. Else in how many milliseconds it is worth to ask again. */
  take(namespace: string, references: number): Ms {
    const rate = this.#rateOf(namespace, REFERENCES);
    return rate === undefined ? ms(0) : this.#references.take(namespace, rate, references);
  }

  /** How long a round would wait that needs so many references together with all that go before it. */
  waitFor(namespace: string, references: number): Ms {
    const rate = this.#rateOf(namespace, REFERENCES);
    if (rate === undefined) return ms(0);
    const atOnce = Math.min(references, rate.burst);
    return ms(this.#references.waitFor(namespace, rate, atOnce) + ((references - atOnce) * 1_000) / rate.perSecond);
  }

  /** So many references are read now, whatever is left. */
  charge(namespace: string, references: number): void {
    const rate = this.#rateOf(namespace, REFERENCES);
    if (rate !== undefined) this.#references.charge(namespace, rate, references, LONGEST_DEBT);
  }

  /** So many references that were counted were not read. */
  giveBack(namespace: string, references: number): void {
    const rate = this.#rateOf(namespace, REFERENCES);
    if (rate !== undefined) this.#references.giveBack(namespace, rate, references);
  }

  #rateOf(namespace: string, { base, each }: { readonly base: Allowance; readonly each: Allowance }): Rate | undefined {
    const resources = this.#options.resourcesIn?.(namespace);
    if (resources === undefined) return undefined;
    return { burst: base.burst + resources * each.burst, perSecond: base.perSecond + resources * each.perSecond };
  }
}
