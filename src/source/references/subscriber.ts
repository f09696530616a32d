/** The subscribers of a reference: how often they need it, and the namespaces that its refreshes count for. Pure. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { DependantKey, Interest } from '../port.ts';
import { namespaceOf } from './dependant.ts';
import type { PollTerms } from './poll-intervals.ts';

/** Namespaces whose queues a shared reference waits in at the same time. */
const MAX_NAMESPACES = 8;

export interface Subscriber {
  readonly dependant: DependantKey;
  /** Undefined if no refresh is needed. */
  readonly terms: PollTerms | undefined;
  readonly held: string | undefined;
  /** The state that the dependant was last notified of, so that a dependant that does not act is not notified repeatedly. */
  notified: string | undefined;
}

/**
 * Some of the namespaces that need refreshes most often: those with the shortest interval, before events and lists extend it. Without refreshes, that of the
 * first subscriber.
 */
export function namespacesOf(subscribers: Iterable<Subscriber>): readonly string[] {
  let shortest = Number.POSITIVE_INFINITY;
  const found = new Set<string>();
  for (const { dependant, terms } of subscribers) {
    const interval = terms?.interval ?? Number.POSITIVE_INFINITY;
    if (interval < shortest) found.clear();
    const isFirst = found.size === 0;
    if (isFirst || (interval === shortest && terms !== undefined && found.size < MAX_NAMESPACES)) found.add(namespaceOf(dependant));
    shortest = Math.min(shortest, interval);
  }
  return found.size === 0 ? [''] : [...found];
}

/** Neither events nor lists show tags or results of queries, so their intervals are never extended. */
export function termsOf({ reference, refreshInterval, reliance, listedMaxAge }: Interest, minInterval: Ms): PollTerms | undefined {
  if (refreshInterval === undefined || refreshInterval <= 0) return undefined;
  const interval = ms(Math.max(refreshInterval, minInterval));
  const { kind } = reference.version;
  return kind === 'tags' || kind === 'query' ? { interval } : { interval, reliance, listedMaxAge };
}
