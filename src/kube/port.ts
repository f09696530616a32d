/** What the rest of the operator may ask of the API server. Raw JSON in both directions; failures are values (api/failure.ts). */
import type { Outcome } from '../api/failure.ts';
import type { ResourceType } from '../api/resource-type.ts';
import type { KubeObject } from '../api/object.ts';
import type { ObjectName } from '../base/key.ts';
import type { Result } from '../base/result.ts';

/** What the API server said, in the words of metav1.Status.reason, before a caller gives it its meaning. */
export interface KubeFailure {
  readonly kind:
    | 'not-found'
    | 'already-exists'
    | 'conflict'
    | 'forbidden'
    | 'unauthorized'
    | 'invalid'
    /** The object is there, and has too many members to be parsed. */
    | 'too-large'
    | 'quota'
    | 'admission-denied'
    | 'namespace-terminating'
    | 'expired'
    | 'throttled'
    | 'unavailable';
  /** HTTP status, or 0 when no answer came. */
  readonly status: number;
  /** Made by us out of verb, kind, name and the names of fields: never a copied body. */
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export type KubeResult<T> = Result<T, KubeFailure>;

export interface KubeReader {
  /** Live, from the API server: never from a cache. */
  get<T extends KubeObject>(type: ResourceType, name: ObjectName, signal: AbortSignal): Promise<KubeResult<T>>;
  /** All objects in `namespace`, in pages; live. */
  list<T extends KubeObject>(
    type: ResourceType,
    scope: { readonly namespace: string; readonly labelSelector?: string },
    signal: AbortSignal,
  ): Promise<KubeResult<readonly T[]>>;
}

export interface MetadataScope {
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects of one page. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface MetadataPage {
  /** With metadata only: the server sends no spec, no data, no status. */
  readonly objects: readonly KubeObject[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface MetadataReader {
  /** One page; live. Answers expired when `after` is too old to go on from. */
  metadataPage(type: ResourceType, scope: MetadataScope, signal: AbortSignal): Promise<KubeResult<MetadataPage>>;
}

export interface KubeWriter {
  /**
   * POST: atomic, answers already-exists when the name is taken. As a dry run nothing is stored, and all else is asked: the rights, the
   * quota and the admission webhooks come before the name.
   */
  create<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    body: object,
    signal: AbortSignal,
    mode?: 'dry-run',
  ): Promise<KubeResult<T>>;
  /** JSON merge patch (RFC 7396). With metadata.resourceVersion in the body it answers conflict when the object has changed since. */
  mergePatch<T extends KubeObject>(
    type: ResourceType,
    name: ObjectName,
    body: object,
    signal: AbortSignal,
    subresource?: 'status',
  ): Promise<KubeResult<T>>;
  /** DELETE with preconditions, so that only the object that was looked at goes. */
  delete(
    type: ResourceType,
    name: ObjectName,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
    signal: AbortSignal,
  ): Promise<KubeResult<void>>;
}

export interface ServiceAccountToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenRequester {
  /** TokenRequest for a ServiceAccount; the token lives `expirationSeconds` (>= 600). */
  createToken(
    account: ObjectName,
    audiences: readonly string[],
    expirationSeconds: number,
    signal: AbortSignal,
  ): Promise<Outcome<ServiceAccountToken>>;
}

/** What a list followed by a watch tells, in order. `U` is what `transform` made of the raw objects. */
export type ListWatchEvent<U> =
  /** Once for every list, the first one included: what isn't in `objects` is gone. */
  | { readonly kind: 'replace'; readonly objects: readonly U[]; readonly resourceVersion: string }
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: U }
  /** A watch is open: what happens from now on arrives. */
  | { readonly kind: 'connected' }
  /** The server says that nothing was missed up to `resourceVersion`. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** For logs and metrics only: it is tried again, for ever, until the signal aborts. */
  | { readonly kind: 'error'; readonly failure: KubeFailure };

/** Members of the metadata of an object by name: the most characters of JSON that a value may have to be kept. */
export type Omitted = ReadonlyMap<string, number>;

export interface ListWatchRequest<U> {
  readonly type: ResourceType;
  /** Empty: all namespaces, or a cluster-scoped type. */
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for PartialObjectMetadata: the server sends no spec, no data, no status. */
  readonly metadataOnly?: boolean;
  /**
   * What `transform` does not need of the metadata: it may be left out before the object is parsed, and is where the text is long. Default:
   * managedFields.
   */
  readonly omitted?: Omitted;
  /** Applied to each object as it arrives, without managedFields; the raw object is not kept. An object it throws on is left out. */
  readonly transform: (object: KubeObject) => U;
  readonly signal: AbortSignal;
}

export interface ListWatcher {
  /** Ends (without an error) when the signal aborts or the consumer leaves the loop; nothing connects after that. */
  listThenWatch<U>(request: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, void>;
}

/** What an Event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string; readonly resourceVersion?: string };
}

export interface EventRecord {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, machine readable. */
  readonly reason: string;
  /** For people; cut at 1 KiB. No values, no request ids, no times: equal notes are counted as one event. */
  readonly note: string;
  /** What the operator did or tried, UpperCamelCase. */
  readonly action: string;
}

export interface EventRecorder {
  /** Returns at once and never throws; what can't be written is counted and reported, not retried. */
  record(event: EventRecord): void;
}
