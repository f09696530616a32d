/**
 * Keys that may be worked on now: better priority first, within one the namespaces in turn, within a namespace first in first out. A key that
 * has waited for `agingAfter` counts as priority.change, so that a steady stream of better ones cannot starve it. Pure: the caller brings the time.
 */
import type { Ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import { FairShares } from './fair-shares.ts';
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
  readonly #entries = new Map<Key, Entry>();
  /** By priority: its numbers count from 0. */
  readonly #shares = Object.values(priorities).map(() => new FairShares<Entry>());
  /** The entries that can still gain by waiting, the longest waiting first. */
  readonly #aging = new KeyedHeap<Entry>(
    (left, right) => left.since < right.since || (left.since === right.since && left.order < right.order),
  );
  #order = 0;

  constructor(agingAfter: Ms) {
    this.#agingAfter = agingAfter;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** Adds a key, or gives the one that waits already the better of both priorities; its place in time stays. */
  add(ready: Ready): void {
    const before = this.#entries.get(ready.key);
    if (before === undefined) this.#set({ ...ready, order: (this.#order += 1) });
    else if (ready.priority < before.priority) this.#set({ ...before, priority: ready.priority });
  }

  /** The key to work on next, of a namespace that `may` have one more key worked on; undefined: none of those waits. */
  pop(now: Ms, may?: (namespace: string) => boolean): Ready | undefined {
    this.#promoteAged(now);
    for (const shares of this.#shares) {
      const next = shares.pop(may);
      if (next === undefined) continue;
      this.#entries.delete(next.key);
      this.#aging.remove(next.key);
      return next;
    }
    return undefined;
  }

  #set(entry: Entry): void {
    const before = this.#entries.get(entry.key);
    if (before !== undefined) this.#shares[before.priority]?.remove(entry.key);
    this.#shares[entry.priority]?.add(entry);
    this.#entries.set(entry.key, entry);
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
