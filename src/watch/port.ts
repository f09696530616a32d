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

/** `uid/resourceVersion` of an object, or undefined if no object has the name. */
export type ObjectVersion = string | undefined;

export type VersionListener = (version: ObjectVersion) => void;

/** listed: the names are known, or known again after a list. */
export type NamesChange = { readonly kind: 'listed' } | { readonly kind: 'added' | 'deleted'; readonly name: string };

export type NamesListener = (change: NamesChange) => void;

/** The names of all objects of one type in one namespace. They may change while the caller iterates. */
export interface NamesView extends Iterable<string> {
  /** Whether a list has returned them. */
  readonly isKnown: boolean;
  /** Whether there are more names than are kept. */
  readonly hasMore: boolean;
  readonly size: number;
}

/** Versions and names of objects, from metadata watches that all share. */
export interface FollowedVersions {
  /** Calls `tell` at once with a known version, and after each list and change, until the returned function is called. */
  follow(object: ObjectReference, tell: VersionListener): () => void;
  /** Keeps the names of all objects of the type in the namespace, until `end` is called. `tell` is called after this call has returned. */
  followNames(type: ResourceType, namespace: string, tell: NamesListener): { readonly names: NamesView; readonly end: () => void };
}
