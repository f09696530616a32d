/**
 * Limits the rate of references that a namespace reads for its reconciles: enough for a start and for ordinary changes, but not for edits,
 * deletions and creations in a loop. Reads beyond the rate come later. Refreshes do not count: their interval limits them.
 */
import { type Ms, ms } from '../../../base/time/clock.ts';
import { type Rate, Rates } from '../../../base/sharing/rates.ts';
import type { NamespaceRateOptions } from './namespace-rate.ts';

interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** References of a namespace, and the addition for each resource: 40 references at once, and 4 in each ten minutes. */
const REFERENCES: { readonly base: Allowance; readonly each: Allowance } = {
  base: { burst: 2_000, perSecond: 20 },
  each: { burst: 40, perSecond: 1 / 150 },
};
/** First reconciles, whose references do not count: two of each resource at once, and then one in ten minutes. */
const FIRST_RECONCILES: { readonly base: Allowance; readonly each: Allowance } = {
  base: { burst: 2, perSecond: 1 / 50 },
  each: { burst: 2, perSecond: 1 / 600 },
};
/** Maximum delay that references beyond the rate cause for later ones. */
const MAX_DEBT = ms(30_000);

export class ReadRate {
  readonly #options: NamespaceRateOptions;
  readonly #references: Rates<string>;
  readonly #firstReconciles: Rates<string>;

  constructor(options: NamespaceRateOptions) {
    this.#options = options;
    this.#references = new Rates(options.clock);
    this.#firstReconciles = new Rates(options.clock);
  }

  /** Whether the first reconcile of a resource may read at once, independent of other reads of the namespace. If so, it is counted. */
  takeFirstReconcile(namespace: string): boolean {
    const rate = this.#rateOf(namespace, FIRST_RECONCILES);
    return rate === undefined || this.#firstReconciles.take(namespace, rate) === 0;
  }

  /** 0: the references may be read for a reconcile now, and are counted. Otherwise the milliseconds until the next try. */
  take(namespace: string, references: number): Ms {
    const rate = this.#rateOf(namespace, REFERENCES);
    return rate === undefined ? ms(0) : this.#references.take(namespace, rate, references);
  }

  /** The wait of a reconcile if it and all reconciles before it need this number of references. */
  waitFor(namespace: string, references: number): Ms {
    const rate = this.#rateOf(namespace, REFERENCES);
    if (rate === undefined) return ms(0);
    const atOnce = Math.min(references, rate.burst);
    return ms(this.#references.waitFor(namespace, rate, atOnce) + ((references - atOnce) * 1_000) / rate.perSecond);
  }

  /** The references are read now, without a check of the rate. */
  charge(namespace: string, references: number): void {
    const rate = this.#rateOf(namespace, REFERENCES);
    if (rate !== undefined) this.#references.charge(namespace, rate, references, MAX_DEBT);
  }

  /** The references were counted and not read. */
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
