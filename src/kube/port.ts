/** The client of the API server for the rest of the operator. Raw JSON in both directions. A failure is a value (KubeFailure). */
import type { Outcome } from '../failure/failure.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import type { KubeObject } from '../api/object/object.ts';
import type { ObjectName } from '../base/key.ts';
import type { Result } from '../base/result.ts';

/** A failed call in the terms of metav1.Status.reason. Its meaning depends on the caller. */
export interface KubeFailure {
  readonly kind:
    | 'not-found'
    | 'already-exists'
    | 'conflict'
    | 'forbidden'
    | 'unauthorized'
    | 'invalid'
    /** The object has too many members to be parsed, or is larger than the API server accepts. */
    | 'too-large'
    | 'quota'
    | 'admission-denied'
    | 'namespace-terminating'
    | 'expired'
    | 'throttled'
    | 'unavailable';
  /** HTTP status. 0: no response. */
  readonly status: number;
  /** Consists of verb, kind, name and names of fields. Never a copy of a body. */
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export type KubeResult<T> = Result<T, KubeFailure>;

export interface KubeReader {
  /** Reads from the API server, never from a cache. */
  get<T extends KubeObject>(type: ResourceType, name: ObjectName, signal: AbortSignal): Promise<KubeResult<T>>;
  /** All objects in `namespace`, in pages, from the API server. */
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
  /** Number of objects on one page. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface MetadataPage {
  /** Objects with metadata only: the server sends no spec, data or status. */
  readonly objects: readonly KubeObject[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface MetadataReader {
  /** One page, read from the API server. The failure is `expired` if `after` is too old. */
  metadataPage(type: ResourceType, scope: MetadataScope, signal: AbortSignal): Promise<KubeResult<MetadataPage>>;
}

export interface KubeWriter {
  /**
   * POST. Atomic. The failure is `already-exists` if the name is taken. A dry run stores nothing, but performs all checks: permissions,
   * quota and admission webhooks come before the check of the name.
   */
  create<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    body: object,
    signal: AbortSignal,
    mode?: 'dry-run',
  ): Promise<KubeResult<T>>;
  /** JSON merge patch (RFC 7396). With metadata.resourceVersion in the body, the failure is `conflict` if the object has changed since then. */
  mergePatch<T extends KubeObject>(
    type: ResourceType,
    name: ObjectName,
    body: object,
    signal: AbortSignal,
    subresource?: 'status',
  ): Promise<KubeResult<T>>;
  /** DELETE with preconditions, so that only the object that was read is deleted. */
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
  /** TokenRequest for a ServiceAccount. The token is valid for `expirationSeconds` (>= 600). */
  createToken(
    account: ObjectName,
    audiences: readonly string[],
    expirationSeconds: number,
    signal: AbortSignal,
  ): Promise<Outcome<ServiceAccountToken>>;
}

/** The events of a list and the watch after it, in order. `U`: the result of `transform` for a raw object. */
export type ListWatchEvent<U> =
  /** After each list, also the first. An object that is not in `objects` does not exist. */
  | { readonly kind: 'replace'; readonly objects: readonly U[]; readonly resourceVersion: string }
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: U }
  /** A watch is open. Events of all further changes follow. */
  | { readonly kind: 'connected' }
  /** The server confirms that all changes up to `resourceVersion` were sent. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** For logs and metrics only. The list or watch is repeated until the signal aborts. */
  | { readonly kind: 'error'; readonly failure: KubeFailure };

/** Members of the metadata of an object: the maximum number of JSON characters of a value that is kept. */
export type Omitted = ReadonlyMap<string, number>;

export interface ListWatchRequest<U> {
  readonly type: ResourceType;
  /** '': all namespaces, or a cluster-scoped type. */
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Requests PartialObjectMetadata: the server sends no spec, data or status. */
  readonly metadataOnly?: boolean;
  /** Metadata that `transform` does not use. Default: managedFields. */
  readonly omitted?: Omitted;
  /** Called for each object without managedFields; the raw object is not kept. If it throws, the object is left out. */
  readonly transform: (object: KubeObject) => U;
  readonly signal: AbortSignal;
}

export interface ListWatcher {
  /** Ends without an error when the signal aborts or the consumer leaves the loop. After that it makes no connection. */
  listThenWatch<U>(request: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, void>;
}

/** The object of an Event. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string; readonly resourceVersion?: string };
}

export interface EventRecord {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, for programs. */
  readonly reason: string;
  /** For people, at most 1 KiB, without values, request ids and times. Equal notes are counted as one Event. */
  readonly note: string;
  /** The operation of the operator, UpperCamelCase. */
  readonly action: string;
}

export interface EventRecorder {
  /** Returns at once and never throws. An Event that cannot be written is counted and reported, not retried. */
  record(event: EventRecord): void;
}
