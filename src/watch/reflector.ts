/**
 * Keeps a store equal to the cluster: it runs one list and watch for each namespace (or one for the whole cluster), writes the objects to
 * the store and calls the handlers. Relists, backoff and time-outs are part of the transport (src/kube). A transport that ends by itself
 * has a defect and ends the run.
 */
import type { KubeObject } from '../api/object/object.ts';
import type { Clock, Ms } from '../base/time/clock.ts';
import { assertNever } from '../base/assert-never.ts';
import { inSlices } from '../base/time/slices.ts';
import type { SlicedWork, TimeSlices } from '../base/time/time-slices.ts';
import type { KubeFailure, ListWatcher, ListWatchEvent, ListWatchRequest } from '../kube/port.ts';
import type { EventHandler, WatchEvent } from './port.ts';
import type { Store } from './store.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly listWatcher: ListWatcher;
  /** The type to watch. `transform` turns each raw object into the object that the store keeps. */
  readonly request: Omit<ListWatchRequest<T>, 'namespace' | 'signal'>;
  /** Namespaces to watch. ['']: the whole cluster. */
  readonly namespaces: readonly string[];
  readonly store: Store<T>;
  readonly handlers: readonly EventHandler<T>[];
  readonly clock: Clock;
  /** Objects of a list are processed in time slices, so that the event loop is not blocked. */
  readonly slices: TimeSlices;
  /** A namespace was listed for the first time, and the handlers have received its objects. */
  readonly onSynced?: (namespace: string) => void;
  /**
   * The store holds what was listed in a namespace (empty: in the whole cluster), for the first time or again. No other event of the namespace is taken before
   * the promise resolves.
   */
  readonly onListed?: (namespace: string, work: SlicedWork) => Promise<void>;
  /** The list or watch of a namespace failed; it is repeated. */
  readonly onFailure: (failure: KubeFailure, namespace: string) => void;
  /** A handler threw, which is a defect. The other handlers and events continue. */
  readonly onHandlerError: (error: unknown, event: WatchEvent<T>) => void;
}

/** The state of the watch of one namespace, or of the whole cluster (''). */
export interface Scope {
  readonly namespace: string;
  /** Whether the namespace has been listed. Before that, an object that is not in the store can exist in the cluster. */
  readonly synced: boolean;
  /** The failure of the last attempt. Absent after a success, or before the first attempt. */
  readonly problem?: KubeFailure | undefined;
}

interface ScopeState {
  synced: boolean;
  lastEventAt: Ms | undefined;
  problem: KubeFailure | undefined;
  /** Number of consecutive failures. */
  failures: number;
}

/** Failures that end without an action: an API server that starts, a load balancer, a rate limit. */
const PASSING: ReadonlySet<KubeFailure['kind']> = new Set(['unavailable', 'throttled', 'expired', 'conflict']);
/**
 * After this many consecutive failures, the start does not wait for the namespace. With the delays between attempts, that is about half a
 * minute.
 */
const FAILURES_TO_LAST = 6;

export class Reflector<T extends KubeObject> {
  /** Kind of the objects, for messages and metrics. */
  readonly kind: string;
  readonly #options: ReflectorOptions<T>;
  readonly #scopes: ReadonlyMap<string, ScopeState>;
  readonly #synced = Promise.withResolvers<void>();
  readonly #listedOrFailed = Promise.withResolvers<void>();

  constructor(options: ReflectorOptions<T>) {
    if (options.namespaces.length === 0) throw new TypeError("no namespace to watch; the whole cluster is ['']");
    this.kind = options.request.type.kind;
    this.#options = options;
    this.#scopes = new Map(
      options.namespaces.map((namespace) => [namespace, { synced: false, lastEventAt: undefined, problem: undefined, failures: 0 }]),
    );
  }

  /** True after every namespace has been listed once. After that, an object that is not in the store does not exist in the cluster. */
  get hasSynced(): boolean {
    return this.#scopes.values().every(({ synced }) => synced);
  }

  /** Resolves when `hasSynced` becomes true. */
  get whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Whether every namespace has been listed, or cannot be listed at present. The start of the controllers waits for this. */
  get hasListedOrFailed(): boolean {
    return this.#scopes.values().every(isSettled);
  }

  /** Resolves when `hasListedOrFailed` becomes true. */
  get whenListedOrFailed(): Promise<void> {
    return this.#listedOrFailed.promise;
  }

  get scopes(): readonly Scope[] {
    return Array.from(this.#scopes, ([namespace, { synced, problem }]) => ({ namespace, synced, problem }));
  }

  /** Whether the objects of `namespace` (empty: of the whole cluster) have been listed. False for a namespace that is not watched. */
  isSynced(namespace: string): boolean {
    return (this.#scopes.get(namespace) ?? this.#scopes.get(''))?.synced === true;
  }

  /** Monotonic time of the last event (bookmarks and failures included) of the namespace whose last event is the oldest. */
  get lastEventAt(): Ms | undefined {
    let oldest: Ms | undefined;
    for (const { lastEventAt } of this.#scopes.values()) {
      if (lastEventAt === undefined) return undefined;
      if (oldest === undefined || lastEventAt < oldest) oldest = lastEventAt;
    }
    return oldest;
  }

  /** Runs until `signal` aborts. Rejects when a watch ends or throws by itself. */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const all = AbortSignal.any([signal, failed.signal]);
    try {
      await Promise.all(Array.from(this.#scopes, ([namespace, state]) => this.#follow(namespace, state, all)));
    } finally {
      failed.abort();
    }
  }

  async #follow(namespace: string, state: ScopeState, signal: AbortSignal): Promise<void> {
    const { listWatcher, request, clock } = this.#options;
    for await (const event of listWatcher.listThenWatch({ ...request, namespace, signal })) {
      if (signal.aborted) return;
      state.lastEventAt = clock.monotonic();
      // The transport waits for this, so no other event of the namespace comes between.
      if (event.kind === 'replace') await this.#replace(event.objects, namespace, state);
      else this.#take(event, namespace, state);
    }
    if (!signal.aborted) throw new Error(`the watch of ${this.kind} in namespace "${namespace}" ended by itself`);
  }

  /** Handlers get deleted objects first. A namespace counts as listed only after the handlers have received all its objects. */
  async #replace(objects: readonly T[], namespace: string, state: ScopeState): Promise<void> {
    const { store, slices, onListed } = this.#options;
    const initial = !state.synced;
    const work = slices.worker(namespace);
    await inSlices(store.replacing(objects, namespace), work, (events) => this.#tell(events, initial));
    await onListed?.(namespace, work);
    this.#listed(namespace, state);
  }

  #take(event: Exclude<ListWatchEvent<T>, { readonly kind: 'replace' }>, namespace: string, state: ScopeState): void {
    const { store } = this.#options;
    switch (event.kind) {
      case 'added':
      case 'modified':
      case 'deleted':
        this.#tell(store.apply(event.kind, event.object), false);
        return;
      case 'connected':
      case 'bookmark':
        state.problem = undefined;
        state.failures = 0;
        return;
      case 'error':
        state.problem = event.failure;
        state.failures += 1;
        if (this.hasListedOrFailed) this.#listedOrFailed.resolve();
        this.#options.onFailure(event.failure, namespace);
        return;
      default:
        assertNever(event);
    }
  }

  #listed(namespace: string, state: ScopeState): void {
    const first = !state.synced;
    state.synced = true;
    state.problem = undefined;
    state.failures = 0;
    if (this.hasSynced) this.#synced.resolve();
    if (this.hasListedOrFailed) this.#listedOrFailed.resolve();
    if (first) this.#options.onSynced?.(namespace);
  }

  #tell(events: readonly WatchEvent<T>[], initial: boolean): void {
    for (const event of events) {
      for (const handler of this.#options.handlers) this.#call(handler, initial ? { ...event, initial } : event);
    }
  }

  #call(handler: EventHandler<T>, event: WatchEvent<T>): void {
    try {
      handler(event);
    } catch (error) {
      this.#options.onHandlerError(error, event);
    }
  }
}

function isSettled({ synced, problem, failures }: ScopeState): boolean {
  return synced || (problem !== undefined && (!PASSING.has(problem.kind) || failures >= FAILURES_TO_LAST));
}
