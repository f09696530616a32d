/** Items by the time at which they are due: a binary heap whose outdated entries are skipped when they come up. */

interface Entry<T> {
  readonly at: number;
  readonly item: T;
}

/** Outdated entries are cleared out when they outnumber the items by this much. */
const SLACK = 64;

export class DueQueue<T> {
  #heap: Entry<T>[] = [];
  readonly #dueTimes = new Map<T, number>();

  /** Sets or moves the time of an item; undefined takes it out. */
  set(item: T, at: number | undefined): void {
    if (at === undefined) {
      this.#dueTimes.delete(item);
      return;
    }
    if (this.#dueTimes.get(item) === at) return;
    this.#dueTimes.set(item, at);
    this.#push({ at, item });
    if (this.#heap.length > 2 * this.#dueTimes.size + SLACK) this.#rebuild();
  }

  /** The item that is due first. */
  peek(): { readonly at: number; readonly item: T } | undefined {
    for (let head = this.#heap[0]; head !== undefined; head = this.#heap[0]) {
      if (this.#dueTimes.get(head.item) === head.at) return head;
      this.#pop();
    }
    return undefined;
  }

  /** Takes out what is due at `until`, earliest first, at most `limit` items. */
  takeDue(until: number, limit = Number.POSITIVE_INFINITY): T[] {
    return this.takeWhile(({ at }) => at <= until, limit);
  }

  /** Takes out items, earliest first, as long as each meets the condition. */
  takeWhile(meets: (head: { readonly at: number; readonly item: T }) => boolean, limit: number): T[] {
    const taken: T[] = [];
    for (let head = this.peek(); head !== undefined && taken.length < limit && meets(head); head = this.peek()) {
      this.#pop();
      this.#dueTimes.delete(head.item);
      taken.push(head.item);
    }
    return taken;
  }

  get size(): number {
    return this.#dueTimes.size;
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const below = (heap[right]?.at ?? Number.POSITIVE_INFINITY) < (heap[left]?.at ?? Number.POSITIVE_INFINITY) ? right : left;
      const child = heap[below];
      if (child === undefined || child.at >= last.at) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
  }

  #rebuild(): void {
    const current = [...this.#dueTimes].map(([item, at]) => ({ at, item }));
    // A sorted array is a heap.
    this.#heap = current.sort((a, b) => a.at - b.at);
  }
}
