/**
 * Versions of the referenced objects of one type, from metadata-only watches that all references share: one watch for each namespace with a
 * referenced object, or one watch for the whole cluster if there are too many such namespaces. An object without a reference takes no
 * memory, whatever its size.
 */
import type { ResourceType } from '../api/object/resource-type.ts';
import { versionOf, type KubeObject } from '../api/object/object.ts';
import { assertNever } from '../base/assert-never.ts';
import type { Clock } from '../base/time/clock.ts';
import type { KubeFailure, ListWatcher, ListWatchEvent } from '../kube/port.ts';
import { CLUSTER, References, type ObjectVersion, type Reference, type VersionListener } from './references.ts';
import { ALL_BUT_NAMES, ObjectLookups } from './object-lookups.ts';

/** The part of an object that is kept. Undefined for an object without references. */
export type SeenVersion = { readonly namespace: string; readonly name: string; readonly version: string } | undefined;

export interface TypeVersionsOptions {
  readonly watcher: ListWatcher;
  readonly type: ResourceType;
  /** With more namespaces, one watch covers all of them, if `clusterWide` allows it. */
  readonly maxNamespaces: number;
  /** Whether the operator may list and watch the type in all namespaces. */
  readonly clusterWide: boolean;
  /** The list or watch of a namespace ('': of all namespaces) failed; it is repeated. */
  readonly onFailure: (namespace: string, failure: KubeFailure) => void;
  /** A callback threw, which is a defect. The other callbacks and events continue. */
  readonly onError: (error: unknown) => void;
  /** A watch or a lookup ended by itself, which is a defect. After that versions become stale, so the process must end. */
  readonly onDefect: (error: unknown) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface ScopeWatch {
  readonly stop: AbortController;
  synced: boolean;
}

export class TypeVersions {
  readonly #options: TypeVersionsOptions;
  readonly #references = new References();
  readonly #watches = new Map<string, ScopeWatch>();
  readonly #lookups: ObjectLookups;

  constructor(options: TypeVersionsOptions) {
    this.#options = options;
    this.#lookups = new ObjectLookups(options);
  }

  /** Number of open watches. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Calls `tell` at once with a known version, and after each list and change, until the returned function is called. */
  follow(namespace: string, name: string, tell: VersionListener): () => void {
    const reference = this.#referenceTo(namespace, name);
    reference.listeners.add(tell);
    if (reference.known !== undefined) this.#call(tell, reference.known.version);
    return () => {
      reference.listeners.delete(tell);
      if (reference.listeners.size === 0) this.#forget(reference);
    };
  }

  #referenceTo(namespace: string, name: string): Reference {
    const existing = this.#references.find(namespace, name);
    if (existing !== undefined) return existing;
    const watch = this.#watches.get(CLUSTER) ?? this.#watches.get(namespace);
    const reference: Reference = { namespace, name, listeners: new Set(), provable: watch === undefined };
    this.#references.add(reference);
    if (watch === undefined) this.#watchFor(namespace);
    else if (watch.synced) this.#lookUp(reference);
    return reference;
  }

  #watchFor(namespace: string): void {
    const { clusterWide, maxNamespaces } = this.#options;
    this.#open(clusterWide && this.#watches.size >= maxNamespaces ? CLUSTER : namespace);
  }

  #forget(reference: Reference): void {
    const removed = this.#references.remove(reference);
    if (removed === undefined) return;
    reference.endLookup?.();
    if (!removed.wasLast) return;
    this.#close(reference.namespace);
    if (this.#references.isEmpty) this.#close(CLUSTER);
  }

  #open(scope: string): void {
    const watch: ScopeWatch = { stop: new AbortController(), synced: false };
    this.#watches.set(scope, watch);
    void this.#run(scope, watch);
  }

  #close(scope: string): void {
    this.#watches.get(scope)?.stop.abort();
    this.#watches.delete(scope);
  }

  /** The watch of the cluster replaces the watches of namespaces. */
  #closeNamespaces(): void {
    for (const scope of this.#watches.keys()) if (scope !== CLUSTER) this.#close(scope);
  }

  async #run(scope: string, watch: ScopeWatch): Promise<void> {
    const { watcher, type, onDefect } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, watch.stop.signal]);
    const transform = (object: KubeObject): SeenVersion => this.#seen(object);
    try {
      const request = { type, namespace: scope, metadataOnly: true, omitted: ALL_BUT_NAMES, transform, signal } as const;
      for await (const event of watcher.listThenWatch<SeenVersion>(request)) {
        if (signal.aborted) return;
        this.#take(scope, watch, event);
      }
      if (!signal.aborted) onDefect(new Error(`the watch of ${type.kind} in namespace "${scope}" ended by itself`));
    } catch (error) {
      if (!signal.aborted) onDefect(error);
    }
  }

  #seen(object: KubeObject): SeenVersion {
    const { namespace = '', name } = object.metadata;
    return this.#references.find(namespace, name) && { namespace, name, version: versionOf(object) };
  }

  #take(scope: string, watch: ScopeWatch, event: ListWatchEvent<SeenVersion>): void {
    switch (event.kind) {
      case 'replace':
        this.#listed(scope, event.objects);
        watch.synced = true;
        if (scope === CLUSTER) this.#closeNamespaces();
        return;
      case 'added':
      case 'modified':
        this.#changed(event.object, event.object?.version);
        return;
      case 'deleted':
        this.#changed(event.object, undefined);
        return;
      case 'error':
        this.#options.onFailure(scope, event.failure);
        return;
      case 'connected':
      case 'bookmark':
        return;
      default:
        assertNever(event);
    }
  }

  #listed(scope: string, objects: readonly SeenVersion[]): void {
    const found = new Set<Reference>();
    for (const seen of objects) {
      const reference = seen && this.#references.find(seen.namespace, seen.name);
      if (seen === undefined || reference === undefined) continue;
      found.add(reference);
      this.#tell(seen.namespace, seen.name, seen.version);
    }
    for (const reference of this.#references.in(scope)) {
      if (!found.has(reference)) this.#notListed(reference);
      // The next list begins after this reference was made.
      reference.provable = true;
    }
  }

  #notListed(reference: Reference): void {
    if (reference.provable) this.#tell(reference.namespace, reference.name, undefined);
    else this.#lookUp(reference);
  }

  #changed(seen: SeenVersion, version: ObjectVersion): void {
    if (seen !== undefined) this.#tell(seen.namespace, seen.name, version);
  }

  /**
   * Looks up an object for which neither a list nor an event has come since the reference was made. An event of the watch is newer than the
   * lookup.
   */
  #lookUp(reference: Reference): void {
    const { namespace, name } = reference;
    reference.endLookup?.();
    reference.endLookup = this.#lookups.add(namespace, name, (version) => this.#tell(namespace, name, version));
  }

  #tell(namespace: string, name: string, version: ObjectVersion): void {
    const reference = this.#references.find(namespace, name);
    if (reference === undefined) return;
    reference.endLookup?.();
    delete reference.endLookup;
    reference.known = { version };
    for (const tell of reference.listeners) this.#call(tell, version);
  }

  #call(tell: VersionListener, version: ObjectVersion): void {
    try {
      tell(version);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
