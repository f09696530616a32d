/** A subscriber of a reference, and how often it needs it. Pure. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { DependantKey, Interest, Observation } from '../port.ts';
import { haveSameTerms, type PollTerms } from './poll-intervals.ts';

export interface Subscriber {
  readonly dependant: DependantKey;
  /** Undefined if no refresh is needed. */
  readonly terms: PollTerms | undefined;
  readonly held: string | undefined;
  /** What the dependant was last notified of, so that a dependant that does not act is not notified repeatedly. */
  notified: Observation;
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
