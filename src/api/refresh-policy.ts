/** Converts spec.refreshPolicy and spec.refreshInterval to the times of reads. Pure. The defaults are here and not in the CRD. */
import type { ExternalSecretSpec } from './schema/external-secret.ts';
import { type Ms, ms } from '../base/time/clock.ts';
import { parseDuration } from '../base/time/duration.ts';

/** A shorter interval is raised to this one: reads of AWS can be seconds old, and resources share reads. */
const SHORTEST_INTERVAL = ms(1_000);

export interface RefreshPolicy {
  readonly kind: 'Periodic' | 'CreatedOnce' | 'OnChange';
  /** Absent if there are no periodic refreshes. */
  readonly interval?: Ms;
}

export function refreshPolicyOf(spec: Pick<ExternalSecretSpec, 'refreshPolicy' | 'refreshInterval'>, defaultInterval: Ms): RefreshPolicy {
  const kind = spec.refreshPolicy ?? 'Periodic';
  if (kind !== 'Periodic') return { kind };
  const interval = spec.refreshInterval === undefined ? defaultInterval : parseDuration(spec.refreshInterval);
  // "0" means: only on changes. An invalid duration means the same; the CRD refuses it.
  if (interval === undefined || interval === 0) return { kind: 'OnChange' };
  return { kind, interval: ms(Math.max(interval, SHORTEST_INTERVAL)) };
}
