/**
 * The last known objects of one kind, by key and by named indexes. Every change returns the events from the old state to the new one, so
 * after missed events a list still shows every change. An object with the same name and another uid is another object: the events are
 * deleted and added.
 */
import type { KubeObject } from '../api/object/object.ts';
import { type Key, keyOf, nameOf } from '../base/key.ts';
import type { ObjectStore, WatchEvent } from './port.ts';
import { StoreIndex } from './store-index.ts';

/** The values that an object has in an index; pure. */
export type IndexFunction<T> = (object: T) => Iterable<string>;

export interface StoreOptions<T extends KubeObject> {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Whether `countIn` counts an object. Default: it counts all. */
  readonly counts?: (key: Key) => boolean;
  /** Called when an index function throws. Then the object is in the store, but not in that index. */
  readonly onIndexError?: (error: unknown, index: string, key: Key) => void;
}

export function keyOfObject(object: KubeObject): Key {
  return keyOf(object.metadata.namespace ?? '', object.metadata.name);
}

export class Store<T extends KubeObject> implements ObjectStore<T> {
  readonly #objects = new Map<Key, T>();
  /** Number of objects that count by namespace, without namespaces that have none. */
  readonly #counts = new Map<string, number>();
  readonly #indexes: ReadonlyMap<string, StoreIndex>;
  readonly #options: StoreOptions<T>;
  #revision = 0;

  constructor(options: StoreOptions<T> = {}) {
    this.#options = options;
    this.#indexes = new Map(Object.keys(options.indexes ?? {}).map((name) => [name, new StoreIndex()]));
  }

  get size(): number {
    return this.#objects.size;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The number of objects in this namespace, without those that do not count. */
  countIn(namespace: string): number {
    return this.#counts.get(namespace) ?? 0;
  }

  get(key: Key): T | undefined {
    return this.#objects.get(key);
  }

  list(): Iterable<T> {
    return this.#objects.values();
  }

  byIndex(index: string, value: string): readonly T[] {
    const objects: T[] = [];
    for (const key of this.keysByIndex(index, value)) {
      const object = this.#objects.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  keysByIndex(index: string, value: string): Iterable<Key> {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new TypeError(`there is no index named ${index}`);
    return found.keys(value);
  }

  /** Applies one event of a watch. A known object (same uid and resourceVersion) gives no event. */
  apply(type: WatchEvent<T>['type'], object: T): readonly WatchEvent<T>[] {
    return type === 'deleted' ? this.#delete(keyOfObject(object), object) : this.#put(object);
  }

  /** Replaces an object with a more complete one of the same version. Without an event, because the object has not changed. */
  refine(object: T): T {
    const key = keyOfObject(object);
    const before = this.#objects.get(key)?.metadata;
    if (before?.uid === object.metadata.uid && before.resourceVersion === object.metadata.resourceVersion) this.#set(key, object);
    return object;
  }

  /** Applies a list: all objects of `namespace` (empty: of the whole cluster). Other objects stay. */
  replace(objects: Iterable<T>, namespace = ''): readonly WatchEvent<T>[] {
    return [...this.replacing(objects, namespace)].flat();
  }

  /**
   * Like `replace`, for a list of any length, one object in each step: first the deleted objects, then the present ones. The caller may
   * yield to the event loop between two steps, but must not apply another change of that scope in the meantime.
   */
  *replacing(objects: Iterable<T>, namespace = ''): Generator<readonly WatchEvent<T>[], void> {
    const next = new Map<Key, T>();
    for (const object of objects) {
      next.set(keyOfObject(object), object);
      yield [];
    }
    for (const [key, object] of this.#objects) {
      const isListed = next.has(key) || (namespace !== '' && object.metadata.namespace !== namespace);
      yield isListed ? [] : this.#delete(key, object);
    }
    for (const object of next.values()) yield this.#put(object);
  }

  #put(object: T): WatchEvent<T>[] {
    const key = keyOfObject(object);
    const before = this.#objects.get(key);
    if (before === undefined) {
      this.#set(key, object);
      return [{ type: 'added', object }];
    }
    if (before.metadata.uid !== object.metadata.uid) return [...this.#delete(key, before), ...this.#put(object)];
    if (before.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    this.#set(key, object);
    return [{ type: 'modified', object, before }];
  }

  #delete(key: Key, object: T): WatchEvent<T>[] {
    if (!this.#objects.delete(key)) return [];
    this.#revision += 1;
    this.#count(key, -1);
    for (const index of this.#indexes.values()) index.remove(key);
    return [{ type: 'deleted', object }];
  }

  #set(key: Key, object: T): void {
    this.#revision += 1;
    if (!this.#objects.has(key)) this.#count(key, 1);
    this.#objects.set(key, object);
    for (const [name, index] of this.#indexes) index.set(key, this.#valuesOf(name, key, object));
  }

  #count(key: Key, change: 1 | -1): void {
    if (this.#options.counts?.(key) === false) return;
    const { namespace } = nameOf(key);
    const count = this.countIn(namespace) + change;
    if (count === 0) this.#counts.delete(namespace);
    else this.#counts.set(namespace, count);
  }

  #valuesOf(index: string, key: Key, object: T): Iterable<string> {
    try {
      return new Set(this.#options.indexes?.[index]?.(object));
    } catch (error) {
      // An object of an unexpected shape must not stop the watch of all other objects.
      this.#options.onIndexError?.(error, index, key);
      return [];
    }
  }
}
