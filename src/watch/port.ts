/** What is known of the cluster without asking: the stores that reflectors keep up to date. */
import type { ResourceType } from '../api/resource-type.ts';
import type { KubeObject } from '../api/object.ts';
import type { Key } from '../base/key.ts';

export interface WatchEvent<T extends KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted';
  /** For deleted: as it was last known. */
  readonly object: T;
  /** The object before, for modified; always of the same uid. */
  readonly before?: T;
  /** Found by the first list after the start, so nothing has happened to it; such keys need no haste. */
  readonly initial?: boolean;
}

/** May only enqueue keys: it is called in the order of the events and holds up those that follow. */
export type EventHandler<T extends KubeObject> = (event: WatchEvent<T>) => void;

export interface ObjectStore<T extends KubeObject> {
  get(key: Key): T | undefined;
  list(): Iterable<T>;
  /** The objects for which the named index gives `value`. */
  byIndex(index: string, value: string): readonly T[];
}

/** A store of objects of which not all is kept at first. */
export interface RefinableStore<T extends KubeObject> extends ObjectStore<T> {
  /** Replaces an object by one that says more of the same version; another version is left to the watch. */
  refine(object: T): void;
}

/** An object that somebody refers to by name, whether it exists or not. */
export interface ObjectReference {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
}

/** The objects that resources refer to without owning or labelling them, such as credential Secrets: a change of one wakes whoever declared it. */
export interface ReferencedObjects {
  /** Replaces everything that `dependant` declared before; an empty list ends it. */
  declare(dependant: Key, objects: readonly ObjectReference[]): void;
}
