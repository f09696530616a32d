/**
 * The keys that may be processed now. A better priority comes first; within a priority the namespaces take turns; within a namespace the
 * oldest key comes first. A key that has waited for `agingAfter` gets priority.change, so that keys with a better priority cannot delay it
 * without end. Pure: the caller passes the time.
 */
import type { Ms } from '../base/time/clock.ts';
import type { Key } from '../base/key.ts';
import { FairQueue } from './fair-queue.ts';
import { KeyedHeap } from './keyed-heap.ts';
import { priority as priorities, type Priority } from '../base/priority.ts';

export interface Ready {
  readonly key: Key;
  readonly priority: Priority;
  /** The time when the key was first added, on the monotonic clock. */
  readonly since: Ms;
}

interface Entry extends Ready {
  readonly order: number;
}

export class ReadyQueue {
  readonly #agingAfter: Ms;
  readonly #entries = new Map<Key, Entry>();
  /** Queues by priority. Priorities are numbered from 0. */
  readonly #byPriority = Object.values(priorities).map(() => new FairQueue<Entry>());
  /** Entries whose priority improves after some time; the oldest first. */
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

  /** Adds a key. A key that is already queued gets the better of both priorities and keeps its age. */
  add(ready: Ready): void {
    const before = this.#entries.get(ready.key);
    if (before === undefined) this.#set({ ...ready, order: (this.#order += 1) });
    else if (ready.priority < before.priority) this.#set({ ...before, priority: ready.priority });
  }

  /** The next key of a namespace for which `may` is true. Undefined without such a key. */
  pop(now: Ms, may?: (namespace: string) => boolean): Ready | undefined {
    this.#promoteAged(now);
    for (const queue of this.#byPriority) {
      const next = queue.pop(may);
      if (next === undefined) continue;
      this.#entries.delete(next.key);
      this.#aging.remove(next.key);
      return next;
    }
    return undefined;
  }

  #set(entry: Entry): void {
    const before = this.#entries.get(entry.key);
    if (before !== undefined) this.#byPriority[before.priority]?.remove(entry.key);
    this.#byPriority[entry.priority]?.add(entry);
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
