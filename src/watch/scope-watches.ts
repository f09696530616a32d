/** The metadata-only watches of one type: one for each namespace, or one for the whole cluster. */
import type { KubeObject } from '../api/object/object.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import type { ListWatcher, ListWatchEvent, ListWatchRequest } from '../kube/port.ts';
import { ALL_BUT_NAMES } from './object-lookups.ts';
import { CLUSTER } from './references.ts';

export interface ScopeWatchesOptions {
  readonly watcher: ListWatcher;
  readonly type: ResourceType;
  /** With more namespaces, one watch covers all of them, if `clusterWide` allows it. */
  readonly maxNamespaces: number;
  /** Whether the operator may list and watch the type in all namespaces. */
  readonly clusterWide: boolean;
  /** Leaves objects out. A reference to one of them finds nothing. */
  readonly fieldSelector?: string | undefined;
  /** A watch ended by itself, which is a defect. After that versions become stale, so the process must end. */
  readonly onDefect: (error: unknown) => void;
  readonly signal: AbortSignal;
}

interface ScopeWatch {
  readonly stop: AbortController;
  synced: boolean;
}

/** `U`: what is kept of an object. */
export class ScopeWatches<U> {
  readonly #options: ScopeWatchesOptions;
  readonly #transform: (object: KubeObject) => U;
  readonly #take: (scope: string, event: ListWatchEvent<U>) => void;
  readonly #watches = new Map<string, ScopeWatch>();

  constructor(options: ScopeWatchesOptions, transform: (object: KubeObject) => U, take: (scope: string, event: ListWatchEvent<U>) => void) {
    this.#options = options;
    this.#transform = transform;
    this.#take = take;
  }

  /** Number of open watches. */
  get size(): number {
    return this.#watches.size;
  }

  /** The watch that covers a namespace, and whether its first list has come. */
  of(namespace: string): { readonly synced: boolean } | undefined {
    return this.#watches.get(CLUSTER) ?? this.#watches.get(namespace);
  }

  openFor(namespace: string): void {
    const { clusterWide, maxNamespaces } = this.#options;
    this.#open(clusterWide && this.#watches.size >= maxNamespaces ? CLUSTER : namespace);
  }

  close(scope: string): void {
    this.#watches.get(scope)?.stop.abort();
    this.#watches.delete(scope);
  }

  request(namespace: string, signal: AbortSignal): ListWatchRequest<U> {
    const { type, fieldSelector } = this.#options;
    const selected = fieldSelector === undefined ? {} : { fieldSelector };
    return { type, namespace, metadataOnly: true, omitted: ALL_BUT_NAMES, transform: this.#transform, signal, ...selected };
  }

  #open(scope: string): void {
    const watch: ScopeWatch = { stop: new AbortController(), synced: false };
    this.#watches.set(scope, watch);
    void this.#run(scope, watch);
  }

  async #run(scope: string, watch: ScopeWatch): Promise<void> {
    const { watcher, type, onDefect } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, watch.stop.signal]);
    try {
      for await (const event of watcher.listThenWatch(this.request(scope, signal))) {
        if (signal.aborted) return;
        this.#take(scope, event);
        if (event.kind === 'replace') this.#synced(scope, watch);
      }
      if (!signal.aborted) onDefect(new Error(`the watch of ${type.kind} in namespace "${scope}" ended by itself`));
    } catch (error) {
      if (!signal.aborted) onDefect(error);
    }
  }

  /** The watch of the cluster replaces the watches of namespaces. */
  #synced(scope: string, watch: ScopeWatch): void {
    watch.synced = true;
    if (scope === CLUSTER) for (const each of this.#watches.keys()) if (each !== CLUSTER) this.close(each);
  }
}
