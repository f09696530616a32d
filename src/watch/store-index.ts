/**
 * One index of a store: from a value to the keys of its objects. An object may have any number of values. Most objects have one value, and
 * most values have one key. A single key is kept without a Set, because the Sets of thousands of objects took most of the memory of an
 * index.
 */
import type { Key } from '../base/key.ts';

export class StoreIndex {
  readonly #keysByValue = new Map<string, Key | Set<Key>>();
  readonly #valuesByKey = new Map<Key, string | readonly string[]>();

  /** In the order in which the keys got the value. Not a copy: the index may change while the caller iterates. */
  keys(value: string): Iterable<Key> {
    const keys = this.#keysByValue.get(value);
    if (keys === undefined) return [];
    return typeof keys === 'string' ? [keys] : keys.values();
  }

  /** Replaces the values of `key`. */
  set(key: Key, values: Iterable<string>): void {
    const next = new Set(values);
    for (const value of this.#valuesOf(key)) {
      if (!next.has(value)) this.#drop(key, value);
    }
    for (const value of next) this.#add(key, value);
    const [first, ...others] = next;
    if (first === undefined) this.#valuesByKey.delete(key);
    else this.#valuesByKey.set(key, others.length === 0 ? first : [first, ...others]);
  }

  remove(key: Key): void {
    this.set(key, []);
  }

  #valuesOf(key: Key): readonly string[] {
    const values = this.#valuesByKey.get(key) ?? [];
    return typeof values === 'string' ? [values] : values;
  }

  #add(key: Key, value: string): void {
    const keys = this.#keysByValue.get(value);
    if (keys === undefined) this.#keysByValue.set(value, key);
    else if (typeof keys !== 'string') keys.add(key);
    else if (keys !== key) this.#keysByValue.set(value, new Set([keys, key]));
  }

  /** A value without keys is removed, so that the index does not grow without limit. */
  #drop(key: Key, value: string): void {
    const keys = this.#keysByValue.get(value);
    if (keys === key) this.#keysByValue.delete(value);
    else if (keys !== undefined && typeof keys !== 'string' && keys.delete(key) && keys.size === 0) this.#keysByValue.delete(value);
  }
}
