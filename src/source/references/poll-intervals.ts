/** Counts the intervals of the subscribers of one reference, to find the smallest one without a loop over all subscribers. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { EventReliance, RemoteReference } from '../port.ts';
import { earliness } from '../schedule/slots.ts';
import type { ReadObserver } from './read-observer.ts';

/** Whether polling may rely on events now, for a subscriber with these terms. Undefined: never. */
export type Reliance = Pick<ReadObserver, 'reliesOn'> | undefined;

/** The intervals of one subscriber. */
export interface PollTerms {
  readonly interval: Ms;
  readonly reliance?: EventReliance | undefined;
  /** Maximum age of the last read while lists show no change. Absent if lists are not permitted. */
  readonly listedMaxAge?: Ms | undefined;
}

interface Counted {
  readonly terms: PollTerms;
  count: number;
}

export class PollIntervals {
  readonly #reference: RemoteReference;
  readonly #observer: Reliance;
  /** Few entries, because resources that share a secret mostly have equal terms. Used for every read, so no object is made for a check. */
  #counted: readonly Counted[] = [];

  constructor(reference: RemoteReference, observer: Reliance) {
    this.#reference = reference;
    this.#observer = observer;
  }

  count(terms: PollTerms, by: 1 | -1): void {
    const known = this.#counted.find((counted) => isSame(counted.terms, terms));
    if (known !== undefined) known.count += by;
    // Most references have one subscriber, and V8 makes room for 17 in an array with a spread.
    else if (this.#counted.length === 0) this.#counted = [{ terms, count: by }];
    else this.#counted = [...this.#counted, { terms, count: by }];
    if (known?.count === 0) this.#counted = this.#counted.filter((counted) => counted !== known);
  }

  copy(): PollIntervals {
    const copy = new PollIntervals(this.#reference, this.#observer);
    copy.#counted = this.#counted.map((counted) => ({ ...counted }));
    return copy;
  }

  get isEmpty(): boolean {
    return this.#counted.length === 0;
  }

  /** The smallest interval between reads; `covered`: lists show the reference. */
  smallest(covered: boolean): Ms | undefined {
    let smallest: number | undefined;
    for (const { terms } of this.#counted) {
      const interval = this.#stretched(terms, covered);
      if (smallest === undefined || interval < smallest) smallest = interval;
    }
    return smallest === undefined ? undefined : ms(smallest);
  }

  /** The smallest interval between lists. Undefined if no subscriber permits lists, or lists would save no reads. */
  get smallestListed(): Ms | undefined {
    let smallest: number | undefined;
    for (const { terms } of this.#counted) {
      if (terms.listedMaxAge === undefined) continue;
      const interval = this.#stretched(terms, false);
      if (smallest === undefined || interval < smallest) smallest = interval;
    }
    if (smallest === undefined || (this.smallest(true) ?? 0) <= (this.smallest(false) ?? 0)) return undefined;
    return ms(smallest);
  }

  /** Whether a subscriber permits lists. */
  get mayList(): boolean {
    return this.#counted.some(({ terms }) => terms.listedMaxAge !== undefined);
  }

  get mayStretch(): boolean {
    return this.#counted.some(({ terms }) => terms.reliance !== undefined);
  }

  #relies(reliance: EventReliance): boolean {
    return this.#observer?.reliesOn(this.#reference, reliance) === true;
  }

  #stretched({ interval, reliance, listedMaxAge }: PollTerms, covered: boolean): number {
    const byEvents = reliance !== undefined && this.#relies(reliance) ? within(reliance.maxAge, interval) : 0;
    const byReads = Math.max(interval, byEvents);
    return covered && listedMaxAge !== undefined ? Math.max(byReads, within(listedMaxAge, ms(byReads))) : byReads;
  }
}

/** When events or lists take effect, the last read may be an interval ago, and may have been slightly early. */
function within(maxAge: Ms, interval: Ms): number {
  return Math.floor(maxAge - interval - earliness(maxAge));
}

export function haveSameTerms(left: PollTerms | undefined, right: PollTerms | undefined): boolean {
  return left === undefined || right === undefined ? left === right : isSame(left, right);
}

function isSame(left: PollTerms, right: PollTerms): boolean {
  return (
    left.interval === right.interval &&
    left.listedMaxAge === right.listedMaxAge &&
    left.reliance?.maxAge === right.reliance?.maxAge &&
    left.reliance?.queueUrl === right.reliance?.queueUrl
  );
}
