/**
 * Watches single objects by name, metadata only, for as long as somebody has declared an interest in them. For the few objects that carry no
 * label of ours: a watch of all Secrets would bring every value of the cluster into this process.
 */
import type { KubeObject } from '../api/object.ts';
import type { Key } from '../base/key.ts';
import type { KubeFailure, ListWatcher } from '../kube/port.ts';
import type { ObjectReference, ReferencedObjects } from './port.ts';

/** What is known of an object: `uid/resourceVersion`, or undefined when there is none. */
export type ObjectVersion = string | undefined;

/** same: a watch that began anew has found what it knew. */
export type Sight = 'first' | 'changed' | 'same';

export interface ObjectWatchesOptions {
  readonly watcher: ListWatcher;
  /**
   * Told at each change, and at the first sight that each of those who declared it has of the object: it may have changed between their own
   * look at it and the watch.
   */
  readonly onVersion: (object: ObjectReference, version: ObjectVersion, dependants: readonly Key[], sight: Sight) => void;
  /** Nobody is interested any more. */
  readonly onForgotten: (object: ObjectReference) => void;
  readonly onFailure: (object: ObjectReference, failure: KubeFailure) => void;
  /** A watch ended by itself or a callback threw: a bug. */
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

interface Watched {
  readonly object: ObjectReference;
  readonly dependants: Set<Key>;
  readonly stop: AbortController;
  /** Absent until the first answer. */
  last?: { readonly version: ObjectVersion };
}

export class ObjectWatches implements ReferencedObjects {
  readonly #options: ObjectWatchesOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #declared = new Map<Key, ReadonlyMap<string, ObjectReference>>();

  constructor(options: ObjectWatchesOptions) {
    this.#options = options;
  }

  /** Number of open watches. */
  get size(): number {
    return this.#watched.size;
  }

  declare(dependant: Key, objects: readonly ObjectReference[]): void {
    const next = new Map(objects.map((object) => [idOf(object), object]));
    const before = this.#declared.get(dependant) ?? new Map<string, ObjectReference>();
    for (const id of before.keys()) if (!next.has(id)) this.#release(id, dependant);
    for (const [id, object] of next) if (!before.has(id)) this.#acquire(id, object, dependant);
    if (next.size === 0) this.#declared.delete(dependant);
    else this.#declared.set(dependant, next);
  }

  #acquire(id: string, object: ObjectReference, dependant: Key): void {
    const existing = this.#watched.get(id);
    if (existing !== undefined) {
      existing.dependants.add(dependant);
      if (existing.last !== undefined) this.#options.onVersion(object, existing.last.version, [dependant], 'first');
      return;
    }
    const watched: Watched = { object, dependants: new Set([dependant]), stop: new AbortController() };
    this.#watched.set(id, watched);
    void this.#follow(watched);
  }

  #release(id: string, dependant: Key): void {
    const watched = this.#watched.get(id);
    watched?.dependants.delete(dependant);
    if (watched === undefined || watched.dependants.size > 0) return;
    watched.stop.abort();
    this.#watched.delete(id);
    this.#options.onForgotten(watched.object);
  }

  async #follow(watched: Watched): Promise<void> {
    const { object } = watched;
    const signal = AbortSignal.any([this.#options.signal, watched.stop.signal]);
    const request = {
      type: object.type,
      namespace: object.namespace,
      fieldSelector: `metadata.name=${object.name}`,
      metadataOnly: true,
      transform: versionOf,
      signal,
    } as const;
    try {
      for await (const event of this.#options.watcher.listThenWatch<string>(request)) {
        if (signal.aborted) return;
        if (event.kind === 'error') this.#options.onFailure(object, event.failure);
        else if (event.kind === 'replace') this.#tell(watched, event.objects[0]);
        else if (event.kind === 'deleted') this.#tell(watched, undefined);
        else if (event.kind === 'added' || event.kind === 'modified') this.#tell(watched, event.object);
      }
      if (!signal.aborted) this.#options.onError(new Error(`the watch of ${object.type.kind} ${object.name} ended by itself`));
    } catch (error) {
      if (!signal.aborted) this.#options.onError(error);
    }
  }

  #tell(watched: Watched, version: ObjectVersion): void {
    const { object, dependants, last } = watched;
    watched.last = { version };
    const sight = last === undefined ? 'first' : last.version === version ? 'same' : 'changed';
    this.#options.onVersion(object, version, [...dependants], sight);
  }
}

function versionOf({ metadata }: KubeObject): string {
  return `${metadata.uid}/${metadata.resourceVersion}`;
}

function idOf({ type, namespace, name }: ObjectReference): string {
  return `${type.group}/${type.plural}/${namespace}/${name}`;
}
