/** One index of a store: from a value to the keys of the objects that have it. An object may have any number of values. */
import type { Key } from '../base/key.ts';

export class StoreIndex {
  readonly #keysByValue = new Map<string, Set<Key>>();
  readonly #valuesByKey = new Map<Key, readonly string[]>();

  /** In the order in which they got the value. */
  keys(value: string): readonly Key[] {
    return [...(this.#keysByValue.get(value) ?? [])];
  }

  /** Replaces the values of `key`. */
  set(key: Key, values: Iterable<string>): void {
    const next = new Set(values);
    for (const value of this.#valuesByKey.get(key) ?? []) {
      if (!next.has(value)) this.#drop(key, value);
    }
    for (const value of next) {
      const keys = this.#keysByValue.get(value);
      if (keys === undefined) this.#keysByValue.set(value, new Set([key]));
      else keys.add(key);
    }
    if (next.size === 0) this.#valuesByKey.delete(key);
    else this.#valuesByKey.set(key, [...next]);
  }

  remove(key: Key): void {
    this.set(key, []);
  }

  /** Values that nobody has any more are forgotten, so that the index doesn't grow with the past. */
  #drop(key: Key, value: string): void {
    const keys = this.#keysByValue.get(value);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysByValue.delete(value);
  }
}
