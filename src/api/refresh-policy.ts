/** spec.refreshPolicy and spec.refreshInterval -> when AWS is asked. Pure; the defaults of the API live here, not in the CRD. */
import type { ExternalSecretSpec } from './external-secret.ts';
import { type Ms, ms } from '../base/clock.ts';
import { parseDuration } from '../base/duration.ts';

/** A shorter interval is taken as this: AWS answers reads seconds late at times, and every key is shared. */
const SHORTEST_INTERVAL = ms(1_000);

export interface RefreshPolicy {
  readonly kind: 'Periodic' | 'CreatedOnce' | 'OnChange';
  /** Absent when nothing is asked periodically. */
  readonly interval?: Ms;
}

export function refreshPolicyOf(spec: Pick<ExternalSecretSpec, 'refreshPolicy' | 'refreshInterval'>, defaultInterval: Ms): RefreshPolicy {
  const kind = spec.refreshPolicy ?? 'Periodic';
  if (kind !== 'Periodic') return { kind };
  const interval = spec.refreshInterval === undefined ? defaultInterval : parseDuration(spec.refreshInterval);
  // "0" and what isn't a duration (the CRD refuses it) mean: on changes only.
  if (interval === undefined || interval === 0) return { kind: 'OnChange' };
  return { kind, interval: ms(Math.max(interval, SHORTEST_INTERVAL)) };
}
