/**
 * The objects of one kind as they were last seen, by key and by named indexes. Every change gives the events that lead from what was known to
 * what is known now, so that nothing is lost when a list takes the place of events that were missed. An object of the same name with another
 * uid is another object: it gives deleted and added.
 */
import type { KubeObject } from '../api/object.ts';
import { type Key, keyOf, nameOf } from '../base/key.ts';
import type { ObjectStore, WatchEvent } from './port.ts';
import { StoreIndex } from './store-index.ts';

/** The values that an object has in an index; pure. */
export type IndexFunction<T> = (object: T) => Iterable<string>;

export interface StoreOptions<T extends KubeObject> {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Told when an index function throws; the object is then in the store, but not in that index. */
  readonly onIndexError?: (error: unknown, index: string, key: Key) => void;
}

export function keyOfObject(object: KubeObject): Key {
  return keyOf(object.metadata.namespace ?? '', object.metadata.name);
}

export class Store<T extends KubeObject> implements ObjectStore<T> {
  readonly #objects = new Map<Key, T>();
  /** How many objects a namespace has, where it has any. */
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

  /** Another number after each change: what is made of all objects need not be made anew while it is the same. */
  get revision(): number {
    return this.#revision;
  }

  /** How many objects are in this namespace. */
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
    const found = this.#indexes.get(index);
    if (found === undefined) throw new TypeError(`there is no index named ${index}`);
    return found.keys(value).flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Takes in one event of a watch. What is known already (same uid and resourceVersion) gives no event. */
  apply(type: WatchEvent<T>['type'], object: T): readonly WatchEvent<T>[] {
    return type === 'deleted' ? this.#delete(keyOfObject(object), object) : this.#put(object);
  }

  /** Puts what was read of the same version, and says more, in the place of what is kept; nothing has happened to the object, so there is no event. */
  refine(object: T): void {
    const key = keyOfObject(object);
    const before = this.#objects.get(key)?.metadata;
    if (before?.uid === object.metadata.uid && before.resourceVersion === object.metadata.resourceVersion) this.#set(key, object);
  }

  /** Takes in a list: all objects of `namespace` (empty: of the whole cluster). Objects outside of it stay as they are. */
  replace(objects: Iterable<T>, namespace = ''): readonly WatchEvent<T>[] {
    return [...this.replacing(objects, namespace)].flat();
  }

  /**
   * The same for a list of any length, in steps that each look at one object: first what is gone, then what is there. The caller may leave the event loop
   * to others between two steps, as long as it takes in nothing else of that scope.
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
    const { namespace } = nameOf(key);
    const count = this.countIn(namespace) + change;
    if (count === 0) this.#counts.delete(namespace);
    else this.#counts.set(namespace, count);
  }

  #valuesOf(index: string, key: Key, object: T): Iterable<string> {
    try {
      return new Set(this.#options.indexes?.[index]?.(object));
    } catch (error) {
      // One object of an unexpected shape must not stop the watch of all others.
      this.#options.onIndexError?.(error, index, key);
      return [];
    }
  }
}
