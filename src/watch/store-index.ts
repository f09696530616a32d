/**
 * One index of a store: from a value to the keys of the objects that have it. An object may have any number of values. Most have one, and most
 * values have one key, so that one is kept without a Set around it: with thousands of objects those were most of what an index weighs.
 */
import type { Key } from '../base/key.ts';

export class StoreIndex {
  readonly #keysByValue = new Map<string, Key | Set<Key>>();
  readonly #valuesByKey = new Map<Key, string | readonly string[]>();

  /** In the order in which they got the value. */
  keys(value: string): readonly Key[] {
    const keys = this.#keysByValue.get(value);
    if (keys === undefined) return [];
    return typeof keys === 'string' ? [keys] : [...keys];
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

  /** Values that nobody has any more are forgotten, so that the index doesn't grow with the past. */
  #drop(key: Key, value: string): void {
    const keys = this.#keysByValue.get(value);
    if (keys === key) this.#keysByValue.delete(value);
    else if (keys !== undefined && typeof keys !== 'string' && keys.delete(key) && keys.size === 0) this.#keysByValue.delete(value);
  }
}
