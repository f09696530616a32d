/**
 * The interface of the source engine: takes references and returns one result for each. Resources share reads; refreshes are scheduled by
 * identity and remote key, never by resource; failures are retried.
 */
import type { Failure, Outcome } from '../failure/failure.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { SecretVersion, Selector } from '../aws/port.ts';
import type { Ms } from '../base/time/clock.ts';

/** One remote value: identity, secret and version. Or a query for a set of secrets; found-set.ts describes its value. */
export interface RemoteReference {
  readonly identity: Identity;
  /** Name with the prefix of the store, or ARN; for a query the prefix of the names. */
  readonly secretId: string;
  readonly version: Selector;
}

/** Equal for two references if and only if they have the same remote value. */
export type ReferenceKey = string & { readonly __noun: 'reference key' };

/** An object of one controller that depends on references. See `references/dependant.ts`. */
export type DependantKey = string & { readonly __noun: 'dependant key' };

/** A version, with its creation time in AWS (ISO 8601) if known. */
export interface DatedVersion {
  readonly versionId: string;
  readonly createdDate?: string | undefined;
}

export interface ReadOptions {
  /**
   * A value with an older confirmation is read again. 0: read now, without caches and retry delays; an open circuit breaker still counts.
   */
  readonly maxAge: Ms;
  readonly signal: AbortSignal;
  /** The reconcile that reads. Without it the caller waits without limit, and no budget counts the values. */
  readonly reconcile?: ReconcileRequest;
  /** The versions of the caller: an answer with an older version is checked, even if it is the first answer. */
  readonly held?: ReadonlyMap<ReferenceKey, DatedVersion> | undefined;
}

/**
 * The reconcile of a dependant that reads. Its bytes have a limit: references after the limit get `SecretTooLarge`. A budget that
 * namespaces share counts the bytes until `endReconcile`.
 */
export interface ReconcileRequest {
  readonly dependant: DependantKey;
  /** Equal for two reconciles of a dependant with the same references if one may use the answers of the other. */
  readonly request: string;
  /**
   * Maximum wait of the reconcile. If the read has not ended by then, the result is empty. The read continues, the dependant is notified at
   * its end, and its next reconcile gets the answers. Undefined: no limit.
   */
  readonly answerTimeout?: Ms;
}

/** The state of a reference in the engine, without a call to AWS. */
export type Observation =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'version'; readonly versionId: string }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly since: Ms };

/** The opt-in to longer poll intervals while events report changes. */
export interface EventReliance {
  /** Maximum age of values with reliable events. */
  readonly maxAge: Ms;
  /** The queue of the opt-in. Undefined: the queue of the operator or of a ClusterSecretStore. */
  readonly queueUrl?: string;
}

export interface Interest {
  readonly reference: RemoteReference;
  /** Maximum age of the value. Undefined: no call is made for it, and the dependant is notified of versions that others read. */
  readonly refreshInterval?: Ms;
  /** If set, poll intervals may exceed `refreshInterval` while events are reliable. */
  readonly reliance?: EventReliance;
  /** If set, a list may replace a read until the last read has this age. */
  readonly listedMaxAge?: Ms;
  /** The version id of the dependant, from the record on its Secret. A different version is a change. */
  readonly heldVersionId?: string;
  /** The creation time of that version in AWS (ISO 8601), for the same check as `held` of a read. */
  readonly heldCreatedDate?: string;
}

export interface SecretSource {
  /**
   * One result for each reference, by reference key (but see `ReconcileRequest`). Identical reads in flight share one call. The caller must
   * not keep values.
   */
  read(references: readonly RemoteReference[], options: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>>;
  /** The reconcile of the dependant has ended and will not continue: it has no value of its read, and waits for none. */
  endReconcile(dependant: DependantKey): void;
  /** Whether the read of the dependant's reconcile waits for more than a few seconds because its namespace has exceeded its read rate. */
  isHeldBack(dependant: DependantKey): boolean;
  observe(reference: RemoteReference): Observation;
  /**
   * For a person who requests a read now. If calls with this identity fail as a whole, moves the next probe to ten seconds after the last
   * failure. Returns the time until a call is possible; 0: now.
   */
  retrySoon(identity: Identity): Ms;
  /**
   * Replaces all interests of `dependant`; an empty list ends them. The engine calls `onChange` with the dependant when an observation
   * changes.
   */
  subscribe(dependant: DependantKey, interests: readonly Interest[]): void;
  /**
   * Time of the last confirmation by AWS of the dependant's oldest reference (milliseconds since the epoch), whether or not it can be read
   * now. Undefined if AWS never confirmed one of them, or if there are none.
   */
  confirmedAt(dependant: DependantKey): Ms | undefined;
}
