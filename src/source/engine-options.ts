/** The options, the interface and the statistics of the source engine. */
import type { Failure } from '../api/failure.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { SecretFinder, SecretLister, SecretReader } from '../aws/port.ts';
import type { Clock, Ms } from '../base/clock.ts';
import type { Priority } from '../base/priority.ts';
import type { BatchPermission } from './limits/batch-permissions.ts';
import type { EventReferences } from './events/event-references.ts';
import type { ReadObserver } from './events/read-observer.ts';
import type { FirstLists } from './schedule/first-lists.ts';
import type { Freshness } from './references/freshness.ts';
import type { DependantKey, SecretSource } from './port.ts';
import type { SourceCounts } from '../telemetry/source-metrics.ts';
export interface SecretSourceOptions {
  readonly secrets: SecretReader & SecretFinder;
  /** For stores that permit lists instead of reads; without it there are no lists. */
  readonly lister?: SecretLister;
  readonly clock: Clock;
  /** The part of the call budgets that this process may use, at most 1 (see `Budgets`). Default 1. */
  readonly budgetShare?: number;
  /**
   * The dependant must reconcile: the version differs from the one it holds, or the reference began or ceased to fail. Must not throw.
   * `since` (wall clock): when the read was due that has shown it.
   */
  readonly onChange: (dependant: DependantKey, priority: Priority, since: Ms) => void;
  /** The earliest `since` of a dependant that has not acted in a durable way since it was notified. */
  readonly notifiedSince?: () => Ms | undefined;
  /** The result of `readingAs` has changed for the identities for which `concerns` returns true. Must not throw. */
  readonly onIdentityChange?: (concerns: (identity: Identity) => boolean) => void;
  /** How long a value may stay in memory; 0 = not at all. Default 300 s. */
  readonly cacheTtl?: Ms;
  /** Default 16 MiB. */
  readonly cacheBytes?: number;
  /** Least time between two refreshes of a reference. Default 5 s. */
  readonly minInterval?: Ms;
  /** Until when (wall clock) earlier processes are known to have made all due reads; undefined: not known. */
  readonly aliveUntil?: Ms | undefined;
  readonly readObserver?: ReadObserver;
  /** Without it, all resources count as listed before this engine. */
  readonly firstLists?: FirstLists | undefined;
  /** How long a read waits for others to share a call with. Default 3 ms. */
  readonly window?: Ms;
  /** While work waits for a worker: the number of workers, each of which may read soon. Otherwise, and by default, 0. */
  readonly busyWorkers?: () => number;
  /** Number of resources of a namespace, for the rate of its reads; without it the rate is not limited. */
  readonly resourcesIn?: (namespace: string) => number;
  /** In [0, 1), for the jitter of retries. */
  readonly random?: () => number;
}

/** What is known about reads as an identity, beyond its single references. */
export interface ReadingAs {
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
  /** Refreshes the references with subscribers until `signal` aborts; reads end with it, too. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  stats(): SourceStats;
  /** Wall clock: the engine knows no event before this time. */
  readonly startedAt: Ms;
  /** Undefined: the dependant is subscribed to nothing. */
  freshness(dependant: DependantKey): Freshness | undefined;
  /** The `aliveUntil` for an engine that starts when this one ends now. */
  readUntil(): Ms;
  readingAs(identity: Identity): ReadingAs;
  readonly references: EventReferences;
  /** Whether polling may rely on events has changed. */
  replan(): void;
}
