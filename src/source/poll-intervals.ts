/** The intervals that the subscribers of one reference ask for, counted, so that the smallest is found whatever their number is. */
import { type Ms, ms } from '../base/clock.ts';
import type { EventReliance } from './port.ts';

/** Whether events can be relied on now by somebody who said so of this queue. */
export type RelianceTest = (reliance: EventReliance) => boolean;

/** What one subscriber asks for. */
export interface PollTerms {
  readonly interval: Ms;
  readonly reliance?: EventReliance | undefined;
  /** How old knowledge may become while lists show nothing new; absent where lists are not to be used. */
  readonly listedMaxAge?: Ms | undefined;
}

export class PollIntervals {
  readonly #relies: RelianceTest;
  readonly #counts = new Map<string, { readonly terms: PollTerms; count: number }>();

  constructor(relies: RelianceTest) {
    this.#relies = relies;
  }

  count(terms: PollTerms, by: 1 | -1): void {
    const { interval, reliance, listedMaxAge } = terms;
    const key = `${interval} ${reliance?.maxAge ?? ''} ${reliance?.queueUrl ?? ''} ${listedMaxAge ?? ''}`;
    const counted = this.#counts.get(key) ?? { terms, count: 0 };
    counted.count += by;
    if (counted.count === 0) this.#counts.delete(key);
    else this.#counts.set(key, counted);
  }

  /** The smallest interval between reads; `covered`: lists look at the reference. */
  smallest(covered: boolean): Ms | undefined {
    return least(this.#all(), (terms) => this.#stretched(terms, covered));
  }

  /** The smallest interval between looks that a list will do for; undefined where nobody lets lists do. */
  get smallestListed(): Ms | undefined {
    return least(this.#all(), ({ interval, listedMaxAge }) => (listedMaxAge === undefined ? undefined : interval));
  }

  get mayStretch(): boolean {
    return this.#all().some(({ reliance }) => reliance !== undefined);
  }

  #all(): PollTerms[] {
    return Array.from(this.#counts.values(), ({ terms }) => terms);
  }

  #stretched({ interval, reliance, listedMaxAge }: PollTerms, covered: boolean): number {
    const byEvents = reliance !== undefined && this.#relies(reliance) ? reliance.maxAge : 0;
    // The last read may lie an interval back when lists begin to do.
    const byLists = covered && listedMaxAge !== undefined ? listedMaxAge - interval : 0;
    return Math.max(interval, byEvents, byLists);
  }
}

function least(all: readonly PollTerms[], intervalOf: (terms: PollTerms) => number | undefined): Ms | undefined {
  const intervals = all.flatMap((terms) => intervalOf(terms) ?? []);
  return intervals.length === 0 ? undefined : ms(Math.min(...intervals));
}
