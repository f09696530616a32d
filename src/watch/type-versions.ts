/**
 * Versions of the referenced objects of one type, from metadata-only watches that all references share: one watch for each namespace with a
 * referenced object, or one watch for the whole cluster if there are too many such namespaces. An object without a reference takes no
 * memory, whatever its size. A namespace can also be followed as a whole: then the names of its objects are kept.
 */
import { versionOf, type KubeObject } from '../api/object/object.ts';
import { assertNever } from '../base/assert-never.ts';
import type { Clock } from '../base/time/clock.ts';
import type { KubeFailure, ListWatchEvent } from '../kube/port.ts';
import { FollowedNames, type NamedVersion } from './followed-names.ts';
import { untilListed } from './list-once.ts';
import type { NamesListener, NamesView, ObjectVersion, VersionListener } from './port.ts';
import { CLUSTER, References, type Reference } from './references.ts';
import { ObjectLookups } from './object-lookups.ts';
import { ScopeWatches, type ScopeWatchesOptions } from './scope-watches.ts';

/** The part of an object that is kept. Undefined for an object that nobody follows. */
export type SeenVersion = NamedVersion | undefined;

export interface TypeVersionsOptions extends ScopeWatchesOptions {
  /** Names that are kept of namespaces that are followed as a whole, in all. They are shared by namespace. Default: 100,000. */
  readonly maxNames?: number | undefined;
  /** The list or watch of a namespace ('': of all namespaces) failed; it is repeated. */
  readonly onFailure: (namespace: string, failure: KubeFailure) => void;
  /** A callback threw, which is a defect. The other callbacks and events continue. */
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
}

/** At most some 25 MiB. */
const MAX_NAMES = 100_000;

export class TypeVersions {
  readonly #options: TypeVersionsOptions;
  readonly #references = new References();
  readonly #watches: ScopeWatches<SeenVersion>;
  readonly #lookups: ObjectLookups;
  readonly #names: FollowedNames;

  constructor(options: TypeVersionsOptions) {
    this.#options = options;
    this.#watches = new ScopeWatches(
      options,
      (object) => this.#seen(object),
      (scope, event) => this.#take(scope, event),
    );
    this.#lookups = new ObjectLookups(options);
    this.#names = new FollowedNames(options.maxNames ?? MAX_NAMES, (tell, change) => this.#call(() => tell(change)));
  }

  /** Number of open watches. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Calls `tell` at once with a known version, and after each list and change, until the returned function is called. */
  follow(namespace: string, name: string, tell: VersionListener): () => void {
    const reference = this.#referenceTo(namespace, name);
    reference.listeners.add(tell);
    const { known } = reference;
    if (known !== undefined) this.#call(() => tell(known.version));
    return () => {
      reference.listeners.delete(tell);
      if (reference.listeners.size === 0) this.#forget(reference);
    };
  }

  /** Keeps the names of all objects of a namespace, until `end` is called. `tell` is called after this call has returned. */
  followNames(namespace: string, tell: NamesListener): { readonly names: NamesView; readonly end: () => void } {
    const isWatched = this.#watches.of(namespace) !== undefined;
    const { names, isFirst } = this.#names.follow(namespace, tell, !isWatched);
    const stop = new AbortController();
    if (!isWatched) this.#watches.openFor(namespace);
    else if (isFirst) void this.#listNames(namespace, AbortSignal.any([stop.signal, this.#options.signal]));
    return {
      names,
      end: () => {
        if (!this.#names.forget(namespace, tell)) return;
        stop.abort();
        this.#closeIfUnused(namespace);
      },
    };
  }

  /** The present watch may have read the namespace already, when nobody followed its names. */
  async #listNames(namespace: string, signal: AbortSignal): Promise<void> {
    const { watcher, clock, onFailure, onDefect } = this.#options;
    try {
      const listed = await untilListed(watcher, this.#watches.request(namespace, signal), clock, (failure) =>
        onFailure(namespace, failure),
      );
      this.#names.merge(
        namespace,
        listed.filter((seen) => seen !== undefined),
      );
    } catch (error) {
      if (!signal.aborted) onDefect(error);
    }
  }

  #referenceTo(namespace: string, name: string): Reference {
    const existing = this.#references.find(namespace, name);
    if (existing !== undefined) return existing;
    const watch = this.#watches.of(namespace);
    const reference: Reference = { namespace, name, listeners: new Set(), provable: watch === undefined };
    this.#references.add(reference);
    const version = this.#names.versionOf(namespace, name);
    if (version !== undefined) reference.known = { version };
    else if (watch === undefined) this.#watches.openFor(namespace);
    else if (watch.synced) this.#lookUp(reference);
    return reference;
  }

  #forget(reference: Reference): void {
    const removed = this.#references.remove(reference);
    if (removed === undefined) return;
    reference.endLookup?.();
    if (removed.wasLast) this.#closeIfUnused(reference.namespace);
  }

  #closeIfUnused(namespace: string): void {
    if (!this.#names.has(namespace) && !this.#references.hasAny(namespace)) this.#watches.close(namespace);
    if (this.#names.isEmpty && this.#references.isEmpty) this.#watches.close(CLUSTER);
  }

  #seen(object: KubeObject): SeenVersion {
    const { namespace = '', name } = object.metadata;
    const isFollowed = this.#names.has(namespace) || this.#references.find(namespace, name) !== undefined;
    return isFollowed ? { namespace, name, version: versionOf(object) } : undefined;
  }

  #take(scope: string, event: ListWatchEvent<SeenVersion>): void {
    switch (event.kind) {
      case 'replace':
        this.#listed(scope, event.objects);
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
    this.#names.listed(
      scope,
      objects.filter((seen) => seen !== undefined),
    );
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
    if (seen === undefined) return;
    this.#names.changed(seen.namespace, seen.name, version);
    this.#tell(seen.namespace, seen.name, version);
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
    for (const tell of reference.listeners) this.#call(() => tell(version));
  }

  #call(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
