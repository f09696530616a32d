/** A set of keys in order of rank and then name, from which any key can be removed: a binary heap that knows where its keys are. */
interface Entry {
  readonly key: string;
  readonly rank: number;
}

export class OrderedQueue {
  readonly #heap: Entry[] = [];
  readonly #places = new Map<string, number>();

  get size(): number {
    return this.#heap.length;
  }

  /** The key with the lowest rank, of equal ones the first by name. */
  first(): string | undefined {
    return this.#heap[0]?.key;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** In no order. */
  keys(): IterableIterator<string> {
    return this.#places.keys();
  }

  /** Adds the key, or changes its rank. */
  set(key: string, rank: number): void {
    const known = this.#places.get(key);
    if (known !== undefined && this.#heap[known]?.rank === rank) return;
    this.delete(key);
    this.#heap.push({ key, rank });
    this.#places.set(key, this.#heap.length - 1);
    this.#up(this.#heap.length - 1);
  }

  delete(key: string): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#places.delete(key);
    const last = this.#heap.pop();
    if (last !== undefined && last.key !== key) {
      this.#put(place, last);
      this.#down(this.#up(place));
    }
    return true;
  }

  /** The place where the entry ends. */
  #up(from: number): number {
    let place = from;
    for (let parent = (place - 1) >> 1; place > 0 && this.#isBefore(place, parent); parent = (place - 1) >> 1) {
      this.#swap(place, parent);
      place = parent;
    }
    return place;
  }

  #down(from: number): void {
    for (let place = from; ;) {
      const left = 2 * place + 1;
      const child = left + 1 < this.#heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (child >= this.#heap.length || !this.#isBefore(child, place)) return;
      this.#swap(place, child);
      place = child;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const one = this.#heap[left];
    const other = this.#heap[right];
    if (one === undefined || other === undefined) return false;
    return one.rank === other.rank ? one.key < other.key : one.rank < other.rank;
  }

  #swap(left: number, right: number): void {
    const one = this.#heap[left];
    const other = this.#heap[right];
    if (one === undefined || other === undefined) return;
    this.#put(left, other);
    this.#put(right, one);
  }

  #put(place: number, entry: Entry): void {
    this.#heap[place] = entry;
    this.#places.set(entry.key, place);
  }
}
