/** Metrics of what Keytender is for. No label names an object but those of the stalest few: cost stays bounded however many there are. */
import { Histogram, type Registry } from 'prom-client';
import type { Reason } from '../api/reasons.ts';
import { instrumentsOf } from './instruments.ts';

/** Asked at each scrape; it must be answered from memory. */
export interface SyncProbe {
  /** The reason of the Ready condition of each ExternalSecret; 'Pending' for one that has none yet. */
  readyReasons(): Iterable<Reason | 'Pending'>;
  /** Each condition of a store that is False. */
  failingStores(): Iterable<FailingStore>;
  /** For each ExternalSecret that is refreshed and has succeeded: how many seconds ago AWS last confirmed what its Secret holds. */
  successAges(): Iterable<SuccessAge>;
  /** How many others are refreshed: they never succeeded, or this process has not heard of AWS yet. */
  unconfirmed(): number;
}

export interface FailingStore {
  readonly kind: string;
  readonly condition: string;
  readonly reason: string;
}

export interface SuccessAge {
  readonly namespace: string;
  readonly name: string;
  readonly seconds: number;
}

export interface SyncMetrics {
  /** One reconcile of an object of `kind` ended with this reason. */
  readonly synced: (kind: string, reason: Reason) => void;
  readonly secretWritten: (operation: 'create' | 'update' | 'delete') => void;
  /** One workload of `kind` (Deployment, …) was restarted, or could not be. */
  readonly restarted: (kind: string, result: 'restarted' | 'failed') => void;
}

/** From a minute to a week: the usual refresh is an hour. */
const STALEST = 100;
const AGES = [60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 604_800];

const AGE = 'Seconds since AWS last confirmed what is held, of a failing one since its last success, of';
const LEFT_OUT =
  'Without those that are not refreshed (OnChange, CreatedOnce, suspended, only pinned versions) and those that AWS has not confirmed yet to this replica; from the leader only.';

export function createSyncMetrics(registry: Registry, probe: SyncProbe): SyncMetrics {
  const { counter, gauge } = instrumentsOf(registry);
  const results = counter('keytender_sync_results_total', 'Reconciles by kind and resulting reason.', ['kind', 'reason']);
  const writes = counter('keytender_secret_writes_total', 'Writes of Secrets that changed something.', ['operation']);
  const restarts = counter('keytender_restarts_total', 'Restarts of workloads by kind and result.', ['kind', 'result']);
  gauge('keytender_externalsecrets', 'ExternalSecrets by the reason of their Ready condition.', ['reason'], (made) => {
    made.reset();
    for (const reason of probe.readyReasons()) made.inc({ reason });
  });
  const failing = 'Stores with a condition that is False, by kind of store, type of the condition and reason.';
  gauge('keytender_stores_failing', failing, ['kind', 'condition', 'reason'], (made) => {
    made.reset();
    for (const { kind, condition, reason } of probe.failingStores()) made.inc({ kind, condition, reason });
  });
  const ages: Histogram = new Histogram({
    name: 'keytender_last_success_age_seconds',
    help: `${AGE} each ExternalSecret, as it is now: computed anew at each scrape, so do not use rate(). ${LEFT_OUT}`,
    buckets: AGES,
    registers: [registry],
    collect() {
      // Unlike reset(), it leaves the buckets there, so that nobody at all reads as zero and not as missing.
      ages.zero({});
      for (const { seconds } of probe.successAges()) ages.observe(seconds);
    },
  });
  const open = 'ExternalSecrets that are refreshed and have no age: none has succeeded yet, or not since this replica leads.';
  gauge('keytender_externalsecrets_unconfirmed', open, [], (made) => made.set(probe.unconfirmed()));
  const stalest = `${AGE} the ExternalSecrets for which that is longest ago, 100 at most. ${LEFT_OUT}`;
  gauge('keytender_stalest_success_age_seconds', stalest, ['namespace', 'name'], (made) => {
    made.reset();
    const oldestFirst = [...probe.successAges()].sort((left, right) => right.seconds - left.seconds);
    for (const { namespace, name, seconds } of oldestFirst.slice(0, STALEST)) made.set({ namespace, name }, Math.round(seconds));
  });
  return {
    synced: (kind, reason) => results.inc({ kind, reason }),
    secretWritten: (operation) => writes.inc({ operation }),
    restarted: (kind, result) => restarts.inc({ kind, result }),
  };
}
