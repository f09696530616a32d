/** The stores that reflectors keep equal to the cluster, and the events of their changes. */
import type { ResourceType } from '../api/object/resource-type.ts';
import type { KubeObject } from '../api/object/object.ts';
import type { Key } from '../base/key.ts';

export interface WatchEvent<T extends KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted';
  /** The object. For deleted: its last known state. */
  readonly object: T;
  /** The object before, for modified; always of the same uid. */
  readonly before?: T;
  /** True for the objects of the first list after the start. They have not changed, so their keys are not urgent. */
  readonly initial?: boolean;
}

/** Called in the order of the events. A handler delays later events, so it may only enqueue keys. */
export type EventHandler<T extends KubeObject> = (event: WatchEvent<T>) => void;

export interface ObjectStore<T extends KubeObject> {
  get(key: Key): T | undefined;
  list(): Iterable<T>;
  /** The objects for which the index function returns `value`. */
  byIndex(index: string, value: string): readonly T[];
  /** The keys of these objects, without a copy: the store may change while the caller iterates. For indexes with many objects of one value. */
  keysByIndex(index: string, value: string): Iterable<Key>;
  /** A number that differs after each change, for callers that keep a result over many objects. */
  readonly revision: number;
}

/** A store whose objects are at first kept in part. */
export interface RefinableStore<T extends KubeObject> extends ObjectStore<T> {
  /**
   * Replaces an object with a more complete one of the same version. An object of another version is ignored, because it comes with the
   * watch. Returns the object as far as it may be kept.
   */
  refine(object: T): T;
}

/** An object that a resource refers to by name, whether it exists or not. */
export interface ObjectReference {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
}

/** Objects that resources refer to, but neither own nor label, such as Secrets with credentials. A change enqueues the dependants. */
export interface ReferencedObjects {
  /** Replaces all objects that `dependant` declared before. An empty list removes them. */
  declare(dependant: Key, objects: readonly ObjectReference[]): void;
}
