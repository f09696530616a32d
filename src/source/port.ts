/**
 * The source engine as the rest of the operator sees it: references in, one result for each out. Behind it reads are shared between resources,
 * refreshes are scheduled by identity and remote key (never by resource), and failures are retried.
 */
import type { Failure, Outcome } from '../api/failure.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { SecretVersion, Selector } from '../aws/port.ts';
import type { Ms } from '../base/clock.ts';

/** One remote value: whose eyes, which secret, which version. Or a set of them: see found-set.ts for what its value is. */
export interface RemoteReference {
  readonly identity: Identity;
  /** Name with the store's prefix, or ARN; of a query what names begin with. */
  readonly secretId: string;
  readonly version: Selector;
}

/** The same string for two references if and only if they are the same remote value. */
export type ReferenceKey = string & { readonly __noun: 'reference key' };

/** Who depends on references: an object of one controller. Made and read by `references/dependant.ts`. */
export type DependantKey = string & { readonly __noun: 'dependant key' };

/** A version, and when AWS made it (ISO 8601) where that is known. */
export interface DatedVersion {
  readonly versionId: string;
  readonly createdDate?: string | undefined;
}

export interface ReadOptions {
  /** What was read longer ago than this is read again. 0 = read now, past caches and retry delays, but past no gate that is closed. */
  readonly maxAge: Ms;
  readonly signal: AbortSignal;
  /** Whose round reads. Without it the caller waits as long as it takes, and what it reads is counted in no budget. */
  readonly round?: ReconcileRequest;
  /** What the caller holds already: an answer that shows an older version is doubted, even if it is the first. */
  readonly held?: ReadonlyMap<ReferenceKey, DatedVersion> | undefined;
}

/**
 * The round of a dependant that reads. What it holds is bounded: from the first value beyond the bound on, references are answered with
 * `SecretTooLarge`. It is counted in a budget that namespaces share, until `endRound`.
 */
export interface ReconcileRequest {
  readonly dependant: DependantKey;
  /** Equal for two rounds of a dependant if what was read for the one will do for the other, as far as the references do not tell. */
  readonly request: string;
  /**
   * How long the round waits. If the read has not ended by then, the result is empty; the read goes on, the dependant is called when it has ended,
   * and its next round gets the answers. Undefined: as long as it takes.
   */
  readonly answerTimeout?: Ms;
}

/** What the engine knows of a reference without asking AWS. */
export type Observation =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'version'; readonly versionId: string }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly since: Ms };

/** Where somebody has opted in to be asked less often while events tell of changes. */
export interface EventReliance {
  /** How old knowledge may become then. */
  readonly maxAge: Ms;
  /** The queue that this was said of; undefined: the one that the operator or a ClusterSecretStore names. */
  readonly queueUrl?: string;
}

export interface Interest {
  readonly reference: RemoteReference;
  /** How old knowledge of the reference may become. Undefined: no call is made for it, and the dependant hears which version others see. */
  readonly refreshInterval?: Ms;
  /** Where it is set, polls may be further apart than `refreshInterval` while events can be trusted. */
  readonly reliance?: EventReliance;
  /** Where it is set, a list may do instead of a read, until knowledge is so old. */
  readonly listedMaxAge?: Ms;
  /** The version id that the dependant holds already, from the record on its Secret: the baseline for "changed". */
  readonly heldVersionId?: string;
  /** When AWS made it (ISO 8601), for the same use as `held` of a read. */
  readonly heldCreatedDate?: string;
}

export interface SecretSource {
  /** One result for each reference, by reference key (but see `ReconcileRequest`). Identical reads in flight share one call; values are not kept by the caller. */
  read(references: readonly RemoteReference[], options: ReadOptions): Promise<ReadonlyMap<ReferenceKey, Outcome<SecretVersion>>>;
  /** The round of the dependant has ended and will not be continued: it holds nothing of what it has read, and waits for nothing. */
  endRound(dependant: DependantKey): void;
  /** The read of the dependant's round waits for more than a few seconds, because its namespace has asked for more than one namespace may have. */
  isHeldBack(dependant: DependantKey): boolean;
  observe(reference: RemoteReference): Observation;
  /**
   * For a person who asks for a read now. Moves the next try as this identity forward where what was asked last has failed as a whole, to ten seconds after
   * that; returns how long nothing is asked until then. 0: it may be asked now.
   */
  retrySoon(identity: Identity): Ms;
  /** Replaces all interests of `dependant`; an empty list ends them. The engine calls its `onChange` with the dependant when an observation changes. */
  subscribe(dependant: DependantKey, interests: readonly Interest[]): void;
  /**
   * When AWS last confirmed the stalest of what the dependant is subscribed to (milliseconds since the epoch), whether or not it can be read now;
   * undefined when it never did for one of them, or nothing is subscribed to.
   */
  confirmedAt(dependant: DependantKey): Ms | undefined;
}
