/** Items by due time: a binary heap that skips outdated entries at the top. */

/** The state of an item for its queue; only the queue changes it. */
export interface Dueable {
  /** Infinity while the item is in no queue. */
  dueAt: number;
}

/** Outdated entries are removed if there are this many more of them than items. */
const SLACK = 64;

export class DueQueue<T extends Dueable> {
  // Two arrays instead of an object for each entry: a refresh walks through a heap of thousands, and numbers in one array are close in memory.
  #times: number[] = [];
  #items: T[] = [];
  #size = 0;

  /** Sets or changes the time of an item; undefined removes the item. */
  set(item: T, at: number | undefined): void {
    if (item.dueAt === (at ?? Number.POSITIVE_INFINITY)) return;
    if (at === undefined) {
      this.#leave(item);
      return;
    }
    if (item.dueAt === Number.POSITIVE_INFINITY) this.#size += 1;
    item.dueAt = at;
    this.#push(at, item);
    if (this.#times.length > 2 * this.#size + SLACK) this.#rebuild();
  }

  /** The item with the earliest time. */
  peek(): T | undefined {
    for (let head = this.#items[0]; head !== undefined; head = this.#items[0]) {
      if (head.dueAt === this.#times[0]) return head;
      this.#pop();
    }
    return undefined;
  }

  /** Removes the items that are due at `until`, earliest first, at most `limit`. */
  takeDue(until: number, limit = Number.POSITIVE_INFINITY): T[] {
    return this.takeWhile(({ dueAt }) => dueAt <= until, limit);
  }

  /** Removes items, earliest first, as long as each meets the condition. */
  takeWhile(meets: (head: T) => boolean, limit: number): T[] {
    const taken: T[] = [];
    for (let head = this.peek(); head !== undefined && taken.length < limit && meets(head); head = this.peek()) {
      this.#pop();
      this.#leave(head);
      taken.push(head);
    }
    return taken;
  }

  get size(): number {
    return this.#size;
  }

  #leave(item: T): void {
    item.dueAt = Number.POSITIVE_INFINITY;
    this.#size -= 1;
  }

  #push(at: number, item: T): void {
    let index = this.#times.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#times[above];
      if (parent === undefined || parent <= at) break;
      this.#move(above, index);
      index = above;
    }
    this.#put(index, at, item);
  }

  #pop(): void {
    const [at, item] = [this.#times.pop(), this.#items.pop()];
    if (at !== undefined && item !== undefined && this.#times.length > 0) this.#sink(0, at, item);
  }

  /** Puts the entry at `index` or below it, so that no entry there is earlier than the one above it. */
  #sink(from: number, at: number, item: T): void {
    let index = from;
    for (let child = this.#earlierChild(index); (this.#times[child] ?? Number.POSITIVE_INFINITY) < at; child = this.#earlierChild(index)) {
      this.#move(child, index);
      index = child;
    }
    this.#put(index, at, item);
  }

  #earlierChild(index: number): number {
    const left = 2 * index + 1;
    const times = this.#times;
    return (times[left + 1] ?? Number.POSITIVE_INFINITY) < (times[left] ?? Number.POSITIVE_INFINITY) ? left + 1 : left;
  }

  #move(from: number, to: number): void {
    const [at, item] = [this.#times[from], this.#items[from]];
    if (at !== undefined && item !== undefined) this.#put(to, at, item);
  }

  #put(index: number, at: number, item: T): void {
    this.#times[index] = at;
    this.#items[index] = item;
  }

  #rebuild(): void {
    const current = new Set(this.#items.filter((item, index) => item.dueAt === this.#times[index]));
    this.#items = [...current];
    this.#times = this.#items.map(({ dueAt }) => dueAt);
    // From the last entry that has one below it to the first. Sorting 100,000 entries takes 40 ms more.
    for (let index = (this.#items.length >> 1) - 1; index >= 0; index -= 1) {
      const [at, item] = [this.#times[index], this.#items[index]];
      if (at !== undefined && item !== undefined) this.#sink(index, at, item);
    }
  }
}
