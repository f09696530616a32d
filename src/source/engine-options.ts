/** What an engine is made with, what it offers, and what it counts. */
import type { Failure } from '../api/failure.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { SecretFinder, SecretLister, SecretReader } from '../aws/port.ts';
import type { Clock, Ms } from '../base/clock.ts';
import type { Priority } from '../base/priority.ts';
import type { BatchPermission } from './limits/batch-permissions.ts';
import type { EventReferences } from './events/event-references.ts';
import type { ReadObserver } from './events/read-observer.ts';
import type { Freshness } from './references/freshness.ts';
import type { DependantKey, SecretSource } from './port.ts';

/** When the resources that may be dependants were listed: of what is not listed nobody is subscribed, and an event for it concerns nobody. */
export interface FirstLists {
  /** Whether the resources of all namespaces have been listed. */
  readonly isComplete: boolean;
  /** Monotonic time from which on the resources of this namespace are known; undefined while they are not. */
  listedAt(namespace: string): number | undefined;
  /** The latest of these times; undefined when there is none. */
  readonly lastAt: number | undefined;
}

export interface SecretSourceOptions {
  readonly secrets: SecretReader & SecretFinder;
  /** For stores that allow lists instead of reads; without it nothing is listed. */
  readonly lister?: SecretLister;
  readonly clock: Clock;
  /**
   * A dependant has to look again: what it holds is not what is there, or reading began or ceased to fail. Must not throw.
   * `since` (wall clock): when the read was due that has shown it.
   */
  readonly onChange: (dependant: DependantKey, priority: Priority, since: Ms) => void;
  /** The earliest `since` of a dependant that has not acted yet in a way that lasts: what was due then is not done. */
  readonly calledSince?: () => Ms | undefined;
  /** What `readingAs` gives has changed for the identities that this concerns. Must not throw. */
  readonly onTurn?: (concerns: (identity: Identity) => boolean) => void;
  /** How long a value may stay in memory; 0 = not at all. Default 300 s. */
  readonly cacheTtl?: Ms;
  /** Default 16 MiB. */
  readonly cacheBytes?: number;
  /** No reference is refreshed more often than this, whoever asks. Default 5 s. */
  readonly minInterval?: Ms;
  /** Until when (wall clock) all that was due is known to have been read before this engine; undefined: not known. */
  readonly aliveUntil?: Ms | undefined;
  readonly readObserver?: ReadObserver;
  /** Without it everything was listed before this engine. */
  readonly firstLists?: FirstLists | undefined;
  /** How long a read waits for others to share a call with. Default 3 ms. */
  readonly window?: Ms;
  /** While work is waiting for a worker: how many workers there are, each of which may read soon. Else, and by default, 0. */
  readonly busyWorkers?: () => number;
  /** How many resources a namespace has, by which the rate of its reads is limited; without it that is not limited. */
  readonly resourcesIn?: (namespace: string) => number;
  /** In [0, 1), for the jitter of retries. */
  readonly random?: () => number;
}

/** What is known of reading as an identity, beyond its single references. */
export interface ReadingAs {
  /** What keeps it from reading anything for a while now, or that it reads well. */
  readonly availability: Failure | 'well' | 'unknown';
  readonly batch: BatchPermission;
  readonly lists: BatchPermission;
}

export interface SourceStats {
  /** References that are subscribed to or were read within the last minute. */
  readonly references: number;
  readonly dependants: number;
  readonly cachedValues: number;
  readonly cachedBytes: number;
  /** Bytes of values that rounds hold or have room for, and rounds that wait for such room or for the rate of their namespace. */
  readonly rounds: { readonly bytes: number; readonly waiting: number };
  /** References that are due and wait to be refreshed: for room, or because their namespace has had more calls made than it may. */
  readonly refreshesWaiting: number;
  /** Identities that may not make batch calls. */
  readonly batchDenied: number;
  /** Identities, and services of a region, that fail as a whole now. */
  readonly failing: { readonly identities: number; readonly services: number };
  /** References whose reads are further apart because lists show them, and how often one was seen unchanged in a list. */
  readonly listed: { readonly references: number; readonly looks: number };
  /** How often references were looked at by a direct read; and how often there was no list for them, by why. Since the start. */
  readonly reads: { readonly batch: number; readonly single: number };
  readonly listsAvoided: { readonly denied: number; readonly tooLong: number; readonly dearer: number };
  /** Values that resources asked for since the start, and those that had to be read from AWS for it. */
  readonly valuesAsked: number;
  readonly valuesRead: number;
}

export interface SourceEngine extends SecretSource {
  /** Refreshes what dependants are subscribed to, until `signal` aborts; reads end with it, too. To be called once. */
  run(signal: AbortSignal): Promise<void>;
  stats(): SourceStats;
  /** Wall clock: before that it has heard nothing. */
  readonly startedAt: Ms;
  /** Undefined: it is subscribed to nothing. */
  freshness(dependant: DependantKey): Freshness | undefined;
  /** The `aliveUntil` for an engine that begins when this one ends now. */
  readUntil(): Ms;
  readingAs(identity: Identity): ReadingAs;
  readonly references: EventReferences;
  /** What the witness says of trust is not as it was. */
  replan(): void;
}
