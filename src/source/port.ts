/**
 * The port of the source engine for the rest of the operator: references in, one result for each out. Resources share reads; refreshes are scheduled by
 * identity and remote key, never by resource; failures are retried.
 */
import type { Failure, Outcome } from '../api/failure.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { SecretVersion, Selector } from '../aws/port.ts';
import type { Ms } from '../base/clock.ts';

/** One remote value: identity, secret and version. Or a set of secrets: found-set.ts describes its value. */
export interface RemoteReference {
  readonly identity: Identity;
  /** Name with the prefix of the store, or ARN; for a query the prefix of the names. */
  readonly secretId: string;
  readonly version: Selector;
}

/** Equal for two references if and only if they are the same remote value. */
export type ReferenceKey = string & { readonly __noun: 'reference key' };

/** An object of one controller that depends on references. Made and read by `references/dependant.ts`. */
export type DependantKey = string & { readonly __noun: 'dependant key' };

/** A version, and when AWS made it (ISO 8601) if that is known. */
export interface DatedVersion {
  readonly versionId: string;
  readonly createdDate?: string | undefined;
}

export interface ReadOptions {
  /** A value that was read longer ago than this is read again. 0 = read now, without caches and retry delays; an open circuit breaker still counts. */
  readonly maxAge: Ms;
  readonly signal: AbortSignal;
  /** The reconcile that reads. Without it the caller waits without limit, and no budget counts the values. */
  readonly reconcile?: ReconcileRequest;
  /** The versions that the caller holds: an answer with an older version is checked, even if it is the first answer. */
  readonly held?: ReadonlyMap<ReferenceKey, DatedVersion> | undefined;
}

/**
 * The reconcile of a dependant that reads. Its bytes are limited: from the first value beyond the limit on, references are answered with `SecretTooLarge`. A
 * budget that namespaces share counts them until `endReconcile`.
 */
export interface ReconcileRequest {
  readonly dependant: DependantKey;
  /** Equal for two reconciles of a dependant with the same references if the answers for one may be used for the other. */
  readonly request: string;
  /**
   * How long the reconcile waits. If the read has not ended by then, the result is empty; the read goes on, the dependant is notified when it has ended, and
   * its next reconcile gets the answers. Undefined: no limit.
   */
  readonly answerTimeout?: Ms;
}

/** What the engine knows about a reference without a call to AWS. */
export type Observation =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'version'; readonly versionId: string }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly since: Ms };

/** The opt-in to longer poll intervals while events report changes. */
export interface EventReliance {
  /** Longest age of knowledge then. */
  readonly maxAge: Ms;
  /** The queue that the opt-in is for; undefined: the queue of the operator or of a ClusterSecretStore. */
  readonly queueUrl?: string;
}

export interface Interest {
  readonly reference: RemoteReference;
  /** Longest age of knowledge of the reference. Undefined: no call is made for it, and the dependant is notified of the version that others see. */
  readonly refreshInterval?: Ms;
  /** If set, poll intervals may exceed `refreshInterval` while events are reliable. */
  readonly reliance?: EventReliance;
  /** If set, a list may replace a read, until knowledge has this age. */
  readonly listedMaxAge?: Ms;
  /** The version id that the dependant holds, from the record on its Secret: a change is a difference from it. */
  readonly heldVersionId?: string;
  /** When AWS made that version (ISO 8601), with the same use as `held` of a read. */
  readonly heldCreatedDate?: string;
}

export interface SecretSource {
  /**
   * One result for each reference, by reference key (but see `ReconcileRequest`). Identical reads in flight share one call; the caller must not keep values.
   */
  read(references: readonly RemoteReference[], options: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>>;
  /** The reconcile of the dependant has ended and will not be continued: it holds no value of its read, and waits for none. */
  endReconcile(dependant: DependantKey): void;
  /** Whether the read of the dependant's reconcile waits for more than a few seconds because its namespace has exceeded its read rate. */
  isHeldBack(dependant: DependantKey): boolean;
  observe(reference: RemoteReference): Observation;
  /**
   * For a person who asks for a read now. If calls as this identity fail as a whole, moves the next probe forward to ten seconds after the last failure.
   * Returns the time until a call is possible; 0: now.
   */
  retrySoon(identity: Identity): Ms;
  /** Replaces all interests of `dependant`; an empty list ends them. The engine calls `onChange` with the dependant when an observation changes. */
  subscribe(dependant: DependantKey, interests: readonly Interest[]): void;
  /**
   * When AWS last confirmed the stalest reference of the dependant (milliseconds since the epoch), whether or not it can be read now; undefined if AWS never
   * confirmed one of them, or if there are none.
   */
  confirmedAt(dependant: DependantKey): Ms | undefined;
}
