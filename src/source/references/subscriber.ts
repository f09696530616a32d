/** The subscribers of a reference: how often they need it, and the namespaces that its refreshes count for. Pure. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { DependantKey, Interest, Observation } from '../port.ts';
import { namespaceOf } from './dependant.ts';
import { haveSameTerms, type PollTerms } from './poll-intervals.ts';

/** Namespaces whose queues a shared reference waits in at the same time. */
const MAX_NAMESPACES = 8;

export interface Subscriber {
  readonly dependant: DependantKey;
  /** Undefined if no refresh is needed. */
  readonly terms: PollTerms | undefined;
  readonly held: string | undefined;
  /** What the dependant was last notified of, so that a dependant that does not act is not notified repeatedly. */
  notified: Observation;
}

/**
 * Some of the namespaces that need refreshes most often: those with the shortest interval, before events and lists extend it. Without refreshes, that of the
 * first subscriber.
 */
export class RefreshingNamespaces {
  /** Made when it is needed. A reference may have thousands of subscribers, so not after each change. */
  #known: { readonly namespaces: readonly string[]; readonly shortest: number } | undefined;

  /** A subscriber was added, changed or removed. */
  changed(before: Subscriber | undefined, after: Subscriber | undefined): void {
    if (this.#known === undefined) return;
    const isSame =
      before === undefined || after === undefined ? after !== undefined && this.#has(after) : intervalOf(before) === intervalOf(after);
    if (!isSame) this.#known = undefined;
  }

  /** Always the same array until it changes. */
  among(subscribers: Iterable<Subscriber>): readonly string[] {
    this.#known ??= neediest(subscribers);
    return this.#known.namespaces;
  }

  /** Whether one more subscriber changes nothing. */
  #has(added: Subscriber): boolean {
    const { namespaces = [], shortest = 0 } = this.#known ?? {};
    const interval = intervalOf(added);
    if (interval !== shortest) return interval > shortest;
    if (interval === Number.POSITIVE_INFINITY && namespaces[0] !== '') return true;
    return namespaces.length === MAX_NAMESPACES || namespaces.includes(namespaceOf(added.dependant));
  }
}

function intervalOf({ terms }: Subscriber): number {
  return terms?.interval ?? Number.POSITIVE_INFINITY;
}

function neediest(subscribers: Iterable<Subscriber>): { readonly namespaces: readonly string[]; readonly shortest: number } {
  let shortest = Number.POSITIVE_INFINITY;
  const found = new Set<string>();
  for (const subscriber of subscribers) {
    const interval = intervalOf(subscriber);
    if (interval < shortest) found.clear();
    const isFirst = found.size === 0;
    shortest = Math.min(shortest, interval);
    const needs = interval === shortest && interval < Number.POSITIVE_INFINITY;
    if (isFirst || (needs && found.size < MAX_NAMESPACES)) found.add(namespaceOf(subscriber.dependant));
  }
  return { namespaces: found.size === 0 ? [''] : [...found], shortest };
}

/** Before the first answer. */
export const UNKNOWN: Observation = { kind: 'unknown' };

/**
 * The subscriber with this interest; the one before if nothing has changed. Each reconcile subscribes, and mostly nothing has: new objects in the place of equal
 * ones that are old would be the most expensive garbage.
 */
export function subscriberFor(dependant: DependantKey, interest: Interest, before: Subscriber | undefined, minInterval: Ms): Subscriber {
  const { heldVersionId: held } = interest;
  const terms = termsOf(interest, minInterval);
  if (before !== undefined && before.held === held && haveSameTerms(before.terms, terms)) return before;
  return { dependant, terms, held, notified: before?.notified ?? UNKNOWN };
}

/** Neither events nor lists show tags or results of queries, so their intervals are never extended. */
function termsOf({ reference, refreshInterval, reliance, listedMaxAge }: Interest, minInterval: Ms): PollTerms | undefined {
  if (refreshInterval === undefined || refreshInterval <= 0) return undefined;
  const interval = ms(Math.max(refreshInterval, minInterval));
  const { kind } = reference.version;
  return kind === 'tags' || kind === 'query' ? { interval } : { interval, reliance, listedMaxAge };
}
