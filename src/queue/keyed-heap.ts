/** A binary heap that also finds, replaces and removes entries by key: O(log n) for each. Pure data, no clock. */
import type { Key } from '../base/key.ts';

/** True if `left` comes before `right`. A strict total order. */
export type Before<E> = (left: E, right: E) => boolean;

export class KeyedHeap<E extends { readonly key: Key }> {
  readonly #entries: E[] = [];
  readonly #positions = new Map<Key, number>();
  readonly #before: Before<E>;

  constructor(before: Before<E>) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  get(key: Key): E | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#entries[position];
  }

  /** The first entry. */
  peek(): E | undefined {
    return this.#entries[0];
  }

  pop(): E | undefined {
    const first = this.#entries[0];
    if (first !== undefined) this.remove(first.key);
    return first;
  }

  /** Adds the entry, or replaces the entry with the same key. */
  set(entry: E): void {
    const position = this.#positions.get(entry.key) ?? this.#entries.length;
    this.#place(entry, position);
    this.#settle(entry, position);
  }

  remove(key: Key): E | undefined {
    const position = this.#positions.get(key);
    if (position === undefined) return undefined;
    const removed = this.#entries[position];
    const last = this.#entries.pop();
    this.#positions.delete(key);
    if (last !== undefined && last !== removed) {
      this.#place(last, position);
      this.#settle(last, position);
    }
    return removed;
  }

  clear(): void {
    this.#entries.length = 0;
    this.#positions.clear();
  }

  #place(entry: E, position: number): void {
    this.#entries[position] = entry;
    this.#positions.set(entry.key, position);
  }

  #settle(entry: E, position: number): void {
    this.#sink(entry, this.#rise(entry, position));
  }

  #rise(entry: E, from: number): number {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const above = this.#entries[parent];
      if (above === undefined || !this.#before(entry, above)) break;
      this.#place(above, position);
      this.#place(entry, parent);
      position = parent;
    }
    return position;
  }

  #sink(entry: E, from: number): void {
    let position = from;
    for (;;) {
      const child = this.#firstChild(position);
      const below = this.#entries[child];
      if (below === undefined || !this.#before(below, entry)) return;
      this.#place(below, position);
      this.#place(entry, child);
      position = child;
    }
  }

  /** Position of the smaller of the two children. After the end if there is none. */
  #firstChild(position: number): number {
    const left = 2 * position + 1;
    const [one, other] = [this.#entries[left], this.#entries[left + 1]];
    return one !== undefined && other !== undefined && this.#before(other, one) ? left + 1 : left;
  }
}
