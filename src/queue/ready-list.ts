/**
 * Keys that may be worked on now: better priority first, first in first out within one. A key that has waited for `agingAfter` counts as
 * priority.change, so that a steady stream of better ones cannot starve it. Pure: the caller brings the time.
 */
import type { Ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import { KeyedHeap } from './keyed-heap.ts';
import { priority as priorities, type Priority } from '../base/priority.ts';

export interface Ready {
  readonly key: Key;
  readonly priority: Priority;
  /** On the monotonic clock: when it was first added. */
  readonly since: Ms;
}

interface Entry extends Ready {
  readonly order: number;
}

export class ReadyList {
  readonly #agingAfter: Ms;
  readonly #ranked = new KeyedHeap<Entry>(
    (left, right) => left.priority < right.priority || (left.priority === right.priority && left.order < right.order),
  );
  /** The entries that can still gain by waiting, the longest waiting first. */
  readonly #aging = new KeyedHeap<Entry>(
    (left, right) => left.since < right.since || (left.since === right.since && left.order < right.order),
  );
  #order = 0;

  constructor(agingAfter: Ms) {
    this.#agingAfter = agingAfter;
  }

  get size(): number {
    return this.#ranked.size;
  }

  has(key: Key): boolean {
    return this.#ranked.get(key) !== undefined;
  }

  /** Adds a key, or gives the one that waits already the better of both priorities; its place in time stays. */
  add(ready: Ready): void {
    const before = this.#ranked.get(ready.key);
    if (before === undefined) this.#set({ ...ready, order: (this.#order += 1) });
    else if (ready.priority < before.priority) this.#set({ ...before, priority: ready.priority });
  }

  /** The key to work on next. */
  pop(now: Ms): Ready | undefined {
    this.#promoteAged(now);
    const next = this.#ranked.pop();
    if (next !== undefined) this.#aging.remove(next.key);
    return next;
  }

  #set(entry: Entry): void {
    this.#ranked.set(entry);
    if (entry.priority > priorities.change) this.#aging.set(entry);
    else this.#aging.remove(entry.key);
  }

  #promoteAged(now: Ms): void {
    for (let oldest = this.#aging.peek(); oldest !== undefined; oldest = this.#aging.peek()) {
      if (oldest.since + this.#agingAfter > now) return;
      this.#set({ ...oldest, priority: priorities.change });
    }
  }
}
