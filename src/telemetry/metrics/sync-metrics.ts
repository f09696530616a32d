/**
 * Metrics of ExternalSecrets. Labels name only the few ExternalSecrets with the oldest values, so the number of series is
 * limited.
 */
import type { Registry } from 'prom-client';
import type { Reason } from '../../failure/reasons.ts';
import { CappedLabels } from './capped-labels.ts';
import { registerComputedHistogram } from './computed-histogram.ts';
import { instrumentsOf } from './instruments.ts';

/** Called at each scrape. */
export interface SyncProbe {
  /** Number of ExternalSecrets by the reason of their Ready condition; 'Pending' without a condition. */
  reasons(): Iterable<readonly [reason: string, count: number]>;
  /** Conditions of stores that are False. */
  failingStores(): Iterable<readonly [FailingCondition, count: number]>;
  /** Computed in time slices of the event loop. */
  ages(): Promise<AgeFigures>;
}

export interface FailingCondition {
  readonly kind: string;
  readonly condition: string;
  readonly reason: string;
}

export interface StaleOne {
  readonly namespace: string;
  readonly name: string;
  /** The time when AWS last confirmed the values of the Secret, in milliseconds since the epoch. */
  readonly at: number;
}

export interface AgeFigures {
  /**
   * For each refreshed ExternalSecret with a successful sync: the time when AWS last confirmed the values of its Secret, in milliseconds
   * since the epoch.
   */
  readonly at: readonly number[];
  /** The ExternalSecrets with the oldest times, the oldest first; a limited number. */
  readonly stalest: readonly StaleOne[];
  /** Number of other refreshed ExternalSecrets: they never succeeded, or AWS has not yet confirmed them to this process. */
  readonly unconfirmed: number;
}

export interface SyncMetrics {
  /** One reconcile of an object of `kind` ended with this reason. */
  readonly synced: (kind: string, reason: Reason) => void;
  readonly secretWritten: (operation: 'create' | 'update' | 'delete') => void;
}

/** Reasons and types of conditions come from statuses, which other clients can write. */
const MOST_REASONS = 150;
const MOST_CONDITIONS = 20;

/** From a minute to a week. The usual refresh interval is an hour. */
const AGES = [60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 604_800];

const AGE = 'Seconds since AWS last confirmed what is held, of a failing one since its last success, of';
const LEFT_OUT =
  'Without those that are not refreshed (OnChange, CreatedOnce, suspended, only pinned versions) and those that AWS has not confirmed yet to this replica; from the leader only.';

export function createSyncMetrics(registry: Registry, probe: SyncProbe, now: () => number = Date.now): SyncMetrics {
  const { counter, gauge } = instrumentsOf(registry);
  const results = counter('keytender_sync_results_total', 'Reconciles by kind and resulting reason.', ['kind', 'reason']);
  const writes = counter('keytender_secret_writes_total', 'Writes of Secrets that changed something.', ['operation']);
  const reasons = new CappedLabels(MOST_REASONS);
  const conditions = new CappedLabels(MOST_CONDITIONS);
  gauge('keytender_externalsecrets', 'ExternalSecrets by the reason of their Ready condition.', ['reason'], (made) => {
    made.reset();
    for (const [reason, count] of probe.reasons()) made.inc({ reason: reasons.of(reason) }, count);
  });
  const failing = 'Stores with a condition that is False, by kind of store, type of the condition and reason.';
  gauge('keytender_stores_failing', failing, ['kind', 'condition', 'reason'], (made) => {
    made.reset();
    for (const [{ kind, condition, reason }, count] of probe.failingStores()) {
      made.inc({ kind, condition: conditions.of(condition), reason: reasons.of(reason) }, count);
    }
  });
  createAgeMetrics(registry, probe, now);
  return {
    synced: (kind, reason) => results.inc({ kind, reason }),
    secretWritten: (operation) => writes.inc({ operation }),
  };
}

function createAgeMetrics(registry: Registry, probe: SyncProbe, now: () => number): void {
  const { gauge } = instrumentsOf(registry);
  const secondsSince = (at: number): number => Math.max(now() - at, 0) / 1_000;
  registerComputedHistogram(registry, {
    name: 'keytender_last_success_age_seconds',
    help: `${AGE} each ExternalSecret, as it is now: computed anew at each scrape, so do not use rate(). ${LEFT_OUT}`,
    buckets: AGES,
    observations: async () => (await probe.ages()).at.map(secondsSince),
  });
  const open = 'ExternalSecrets that are refreshed and have no age: none has succeeded yet, or not since this replica leads.';
  gauge('keytender_externalsecrets_unconfirmed', open, [], async (made) => made.set((await probe.ages()).unconfirmed));
  const stalest = `${AGE} the ExternalSecrets for which that is longest ago, 100 at most. ${LEFT_OUT}`;
  gauge('keytender_stalest_success_age_seconds', stalest, ['namespace', 'name'], async (made) => {
    const { stalest: found } = await probe.ages();
    made.reset();
    // Objects of two API groups may have one namespace and name: the stalest is set last.
    for (const { namespace, name, at } of found.toReversed()) made.set({ namespace, name }, Math.round(secondsSince(at)));
  });
}
