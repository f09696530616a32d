/** The options, the interface and the statistics of the source engine. */
import type { Failure } from '../failure/failure.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { SecretFinder, SecretLister, SecretReader } from '../aws/port.ts';
import type { Clock, Ms } from '../base/time/clock.ts';
import type { Priority } from '../base/priority.ts';
import type { BatchPermission } from './limits/batch-permissions.ts';
import type { CallBudgets } from './limits/budgets/call-budgets.ts';
import type { EventReferences } from './events/event-references.ts';
import type { ReadObserver } from './references/read-observer.ts';
import type { FirstLists } from './schedule/first-lists.ts';
import type { Freshness } from './references/dependant-freshness.ts';
import type { DependantKey, SecretSource } from './port.ts';
import type { SourceCounts } from '../telemetry/metrics/source-metrics.ts';
export interface SecretSourceOptions {
  readonly secrets: SecretReader & SecretFinder;
  /** Lists secrets, for stores that permit lists instead of reads. Undefined: no lists. */
  readonly lister?: SecretLister;
  readonly clock: Clock;
  /** The budgets of calls, which other callers of AWS in this process share. By default the engine has its own. */
  readonly budgets?: CallBudgets;
  /**
   * The dependant must reconcile: the version differs from its own, or the reference began or ceased to fail. Must not throw. `since` (wall
   * clock): due time of the read that showed the change.
   */
  readonly onChange: (dependant: DependantKey, priority: Priority, since: Ms) => void;
  /** The earliest `since` of a dependant that has not acted in a durable way since it was notified. */
  readonly notifiedSince?: () => Ms | undefined;
  /** The result of `readingAs` has changed for the identities for which `concerns` returns true. Must not throw. */
  readonly onIdentityChange?: (concerns: (identity: Identity) => boolean) => void;
  /** Time for which a value may stay in memory; 0: no cache. Default: 300 s. */
  readonly cacheTtl?: Ms;
  /** Default: 16 MiB. */
  readonly cacheBytes?: number;
  /** Minimum time between two refreshes of a reference. Default: 5 s. */
  readonly minInterval?: Ms;
  /** The time (wall clock) until which earlier processes have made all due reads; undefined: unknown. */
  readonly aliveUntil?: Ms | undefined;
  readonly readObserver?: ReadObserver;
  /** Undefined: all resources count as listed before this engine. */
  readonly firstLists?: FirstLists | undefined;
  /** Time that a read waits for other reads of the same call. Default: 3 ms. */
  readonly window?: Ms;
  /** While keys wait for a worker: the number of workers, each of which may read soon. Otherwise, and by default, 0. */
  readonly busyWorkers?: () => number;
  /** Number of resources of a namespace, for the rate of its reads. Undefined: the rate is not limited. */
  readonly resourcesIn?: (namespace: string) => number;
  /** Returns a number in [0, 1), for the jitter of retries. */
  readonly random?: () => number;
}

/** State of the reads as one identity. */
export interface IdentityReadState {
  /** The failure that stops all reads as the identity, or that it can read. */
  readonly availability: Failure | 'available' | 'unknown';
  readonly batch: BatchPermission;
  readonly lists: BatchPermission;
}

export interface SourceStats extends SourceCounts {
  readonly dependants: number;
  readonly cachedValues: number;
}

export interface SourceEngine extends SecretSource {
  /** Refreshes the references with subscribers until `signal` aborts, which also ends reads. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  stats(): SourceStats;
  /** Wall clock: the engine has no events from before this time. */
  readonly startedAt: Ms;
  /** Undefined: the dependant has no subscription. */
  freshness(dependant: DependantKey): Freshness | undefined;
  /** The `aliveUntil` for an engine that starts when this one ends now. */
  readUntil(): Ms;
  readStateOf(identity: Identity): IdentityReadState;
  readonly references: EventReferences;
  /** The reliance of polls on events has changed. Plans one reference in each step; the caller may pause between two. */
  replanning(): Iterable<void>;
}
