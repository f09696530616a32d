/** A subscriber of a reference, and how often it needs it. Pure. */
import { type Ms, ms } from '../../base/time/clock.ts';
import type { DependantKey, Interest } from '../port.ts';
import type { PollTerms } from './poll-intervals.ts';

export interface Subscriber {
  readonly dependant: DependantKey;
  /** Undefined if no refresh is needed. */
  readonly terms: PollTerms | undefined;
  readonly held: string | undefined;
  /** The state that the dependant was last notified of, so that a dependant that does not act is not notified repeatedly. */
  notified: string | undefined;
}

/** Neither events nor lists show tags or results of queries, so their intervals are never extended. */
export function termsOf({ reference, refreshInterval, reliance, listedMaxAge }: Interest, minInterval: Ms): PollTerms | undefined {
  if (refreshInterval === undefined || refreshInterval <= 0) return undefined;
  const interval = ms(Math.max(refreshInterval, minInterval));
  const { kind } = reference.version;
  return kind === 'tags' || kind === 'query' ? { interval } : { interval, reliance, listedMaxAge };
}
