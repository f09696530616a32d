/** Delayed keys: at most one entry for each key, with the earlier time and the better priority. Pure: the caller passes the time. */
import type { Ms } from '../base/time/clock.ts';
import type { Key } from '../base/key.ts';
import { KeyedHeap } from './keyed-heap.ts';
import type { Priority } from '../base/priority.ts';

export interface Delayed {
  readonly key: Key;
  readonly priority: Priority;
  /** On the monotonic clock. */
  readonly due: Ms;
}

interface Entry extends Delayed {
  readonly order: number;
}

export class DelayHeap {
  readonly #heap = new KeyedHeap<Entry>((left, right) => left.due < right.due || (left.due === right.due && left.order < right.order));
  #order = 0;

  /** The time when the first key is due. Undefined without keys. */
  get nextDue(): Ms | undefined {
    return this.#heap.peek()?.due;
  }

  add({ key, priority, due }: Delayed): void {
    const before = this.#heap.get(key);
    const order = before?.order ?? (this.#order += 1);
    const better = before !== undefined && before.priority < priority ? before.priority : priority;
    const earlier = before !== undefined && before.due < due ? before.due : due;
    this.#heap.set({ key, priority: better, due: earlier, order });
  }

  /** Removes a key before its time, and returns its entry. */
  remove(key: Key): Delayed | undefined {
    return this.#heap.remove(key);
  }

  /** Removes the first key that is due at `now`. Equal times come in the order in which they were added. */
  popDue(now: Ms): Delayed | undefined {
    const next = this.#heap.peek();
    return next !== undefined && next.due <= now ? this.#heap.pop() : undefined;
  }

  clear(): void {
    this.#heap.clear();
  }
}
