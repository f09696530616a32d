/**
 * Keeps a store equal to the cluster: feeds it from one list-and-watch for each namespace (or one for the whole cluster) and tells handlers
 * what changed. Listing again, backoff and time-outs are the transport's (src/kube); a transport that ends by itself is a bug and ends the run.
 */
import type { KubeObject } from '../api/object.ts';
import type { Clock, Ms } from '../base/clock.ts';
import { assertNever } from '../base/assert-never.ts';
import { inSlices } from '../base/slices.ts';
import type { TimeSlices } from '../base/time-slices.ts';
import type { KubeFailure, ListWatcher, ListWatchEvent, ListWatchRequest } from '../kube/port.ts';
import type { EventHandler, WatchEvent } from './port.ts';
import type { Store } from './store.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly listWatcher: ListWatcher;
  /** What to watch; `transform` makes of each raw object what the store keeps. */
  readonly request: Omit<ListWatchRequest<T>, 'namespace' | 'signal'>;
  /** Namespaces to watch; ['']: the whole cluster. */
  readonly namespaces: readonly string[];
  readonly store: Store<T>;
  readonly handlers: readonly EventHandler<T>[];
  readonly clock: Clock;
  /** The event loop: a list is taken in by slices. */
  readonly slices: TimeSlices;
  /** A namespace was listed for the first time; handlers have been told of its objects. */
  readonly onSynced?: (namespace: string) => void;
  /** The store holds what was listed in a namespace (empty: in the whole cluster), for the first time or again. */
  readonly onListed?: (namespace: string) => void;
  /** The list or watch of a namespace failed; it's being tried again. */
  readonly onFailure: (failure: KubeFailure, namespace: string) => void;
  /** A handler threw, which is a bug; the other handlers and events go on. */
  readonly onHandlerError: (error: unknown, event: WatchEvent<T>) => void;
}

/** What is known of one namespace, or of the whole cluster (''). */
export interface Scope {
  readonly namespace: string;
  /** It has been listed. Before that nothing is known of it: what is not in the store may well be in the cluster. */
  readonly synced: boolean;
  /** Why the last try failed; absent when that went well, or when there was none yet. */
  readonly problem?: KubeFailure | undefined;
}

interface ScopeState {
  synced: boolean;
  lastEventAt: Ms | undefined;
  problem: KubeFailure | undefined;
  /** In a row. */
  failures: number;
}

/** These pass by themselves: an API server that starts, a load balancer, a limit. */
const PASSING: ReadonlySet<KubeFailure['kind']> = new Set(['unavailable', 'throttled', 'expired', 'conflict']);
/** After so many in a row nobody waits for a namespace that fails otherwise; with the delays between tries that is about half a minute. */
const FAILURES_TO_LAST = 6;

export class Reflector<T extends KubeObject> {
  /** Kind of the objects, for messages and metrics. */
  readonly kind: string;
  readonly #options: ReflectorOptions<T>;
  readonly #scopes: ReadonlyMap<string, ScopeState>;
  readonly #synced = Promise.withResolvers<void>();
  readonly #settled = Promise.withResolvers<void>();

  constructor(options: ReflectorOptions<T>) {
    if (options.namespaces.length === 0) throw new TypeError("no namespace to watch; the whole cluster is ['']");
    this.kind = options.request.type.kind;
    this.#options = options;
    this.#scopes = new Map(
      options.namespaces.map((namespace) => [namespace, { synced: false, lastEventAt: undefined, problem: undefined, failures: 0 }]),
    );
  }

  /** True when every namespace has been listed once: from then on, what is not in the store isn't in the cluster. */
  get hasSynced(): boolean {
    return this.#scopes.values().every(({ synced }) => synced);
  }

  /** Resolves when `hasSynced` becomes true. */
  get whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Whether every namespace has been listed, or cannot be for now: there is nothing to wait for any more. */
  get hasSettled(): boolean {
    return this.#scopes.values().every(isSettled);
  }

  /** Resolves when `hasSettled` becomes true. */
  get whenSettled(): Promise<void> {
    return this.#settled.promise;
  }

  get scopes(): readonly Scope[] {
    return Array.from(this.#scopes, ([namespace, { synced, problem }]) => ({ namespace, synced, problem }));
  }

  /** Whether the objects of `namespace` (empty: of the whole cluster) have been listed. False for a namespace that is not watched. */
  isSynced(namespace: string): boolean {
    return (this.#scopes.get(namespace) ?? this.#scopes.get(''))?.synced === true;
  }

  /** Monotonic time of the last sign of life (bookmarks and failures count) of the namespace that has been silent longest. */
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
      // The transport waits meanwhile: nothing of this namespace comes in between.
      if (event.kind === 'replace') await this.#replace(event.objects, namespace, state);
      else this.#take(event, namespace, state);
    }
    if (!signal.aborted) throw new Error(`the watch of ${this.kind} in namespace "${namespace}" ended by itself`);
  }

  /** What is gone is told first. Until all is told, the namespace counts as not listed, if it was not before. */
  async #replace(objects: readonly T[], namespace: string, state: ScopeState): Promise<void> {
    const { store, slices } = this.#options;
    const initial = !state.synced;
    await inSlices(store.replacing(objects, namespace), slices.worker(namespace), (events) => this.#tell(events, initial));
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
        if (this.hasSettled) this.#settled.resolve();
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
    if (this.hasSettled) this.#settled.resolve();
    this.#options.onListed?.(namespace);
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
