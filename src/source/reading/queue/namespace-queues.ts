/**
 * Pending reads, queued by namespace. Namespaces take turns with one reference each, so a namespace with thousands of reads delays another
 * one by one reference per turn. Within a namespace, reads that a caller waits for come before refreshes. Namespaces without reads take no
 * memory. Pure data.
 */
import type { Urgency } from '../../limits/budgets/shared-budget.ts';
import type { ReferenceKey } from '../../port.ts';

export interface QueuedRead {
  readonly key: ReferenceKey;
  /** Namespaces that need the value. */
  readonly namespaces: ReadonlySet<string>;
  /** Monotonic time of the first request. */
  readonly since: number;
  /** A caller waits for the value. */
  readonly wanted: boolean;
  /** The namespace that the read counts for, from the last time that the read was chosen. */
  servedNamespace: string;
}

/** Whether reads of this urgency may start for a namespace now. If `wanted` reads may not start, refreshes may not either. */
export type MayRead = (namespace: string, urgency: Urgency) => boolean;

interface NamespaceQueue<S> {
  readonly wanted: Map<ReferenceKey, S>;
  readonly refreshes: Map<ReferenceKey, S>;
}

interface Cursor<S> {
  readonly namespace: string;
  readonly wanted: Iterator<S>;
  readonly refreshes: Iterator<S>;
}

export class NamespaceQueues<S extends QueuedRead> {
  /** In order of service: the namespace that was served last is at the end. */
  readonly #queues = new Map<string, NamespaceQueue<S>>();
  readonly #reads = new Set<S>();
  readonly #wanted = new Set<S>();

  /** Adds a read to the queues of all its namespaces, or moves it to the queue of its present urgency. */
  add(read: S): void {
    this.#reads.add(read);
    if (read.wanted) this.#wanted.add(read);
    for (const namespace of read.namespaces) {
      const queue = this.#queueOf(namespace);
      (read.wanted ? queue.refreshes : queue.wanted).delete(read.key);
      const reads = read.wanted ? queue.wanted : queue.refreshes;
      if (!reads.has(read.key)) reads.set(read.key, read);
    }
  }

  remove(read: S): void {
    if (!this.#reads.delete(read)) return;
    this.#wanted.delete(read);
    for (const namespace of read.namespaces) {
      const queue = this.#queues.get(namespace);
      queue?.wanted.delete(read.key);
      queue?.refreshes.delete(read.key);
      if (queue?.wanted.size === 0 && queue.refreshes.size === 0) this.#queues.delete(namespace);
    }
  }

  /** A call was made for this namespace, so it goes to the end. */
  served(namespace: string): void {
    const queue = this.#queues.get(namespace);
    if (queue === undefined) return;
    this.#queues.delete(namespace);
    this.#queues.set(namespace, queue);
  }

  /** Reads in the order of service, of namespaces that `may` permits. The queues must not change during the iteration. */
  *inOrder(may: MayRead = () => true): Generator<S> {
    const chosen = new Set<S>();
    let cursors = [...this.#queues].flatMap(([namespace, queue]) => (may(namespace, 'wanted') ? [cursorOf(namespace, queue, may)] : []));
    while (cursors.length > 0) {
      // One read of each namespace: `wanted` reads first, and refreshes only of namespaces without `wanted` reads.
      const others: Cursor<S>[] = [];
      for (const cursor of cursors) {
        const next = nextOf(cursor.wanted, cursor.namespace, chosen);
        if (next === undefined) others.push(cursor);
        else yield next;
      }
      const ended = new Set<Cursor<S>>();
      for (const cursor of others) {
        const next = nextOf(cursor.refreshes, cursor.namespace, chosen);
        if (next === undefined) ended.add(cursor);
        else yield next;
      }
      cursors = cursors.filter((cursor) => !ended.has(cursor));
    }
  }

  /** All reads, in no particular order. */
  get all(): ReadonlySet<S> {
    return this.#reads;
  }

  get size(): number {
    return this.#reads.size;
  }

  /** Whether a caller waits for any of the values. */
  get hasWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** Namespaces with a read that a caller waits for. */
  *waiting(): Generator<string> {
    for (const [namespace, { wanted }] of this.#queues) if (wanted.size > 0) yield namespace;
  }

  /** All namespaces with reads, each with the highest urgency of its reads. */
  *namespaces(): Generator<readonly [string, Urgency]> {
    for (const [namespace, { wanted }] of this.#queues) yield [namespace, wanted.size > 0 ? 'wanted' : 'refresh'];
  }

  /**
   * Monotonic time since which the oldest read has waited. A read that became `wanted` late may be older than the reads before it in the
   * queue.
   */
  get oldest(): number | undefined {
    let oldest: number | undefined;
    for (const queue of this.#queues.values()) {
      for (const reads of [queue.wanted, queue.refreshes]) {
        for (const { since } of reads.values().take(1)) oldest = Math.min(oldest ?? since, since);
      }
    }
    return oldest;
  }

  #queueOf(namespace: string): NamespaceQueue<S> {
    const known = this.#queues.get(namespace);
    if (known !== undefined) return known;
    const queue: NamespaceQueue<S> = { wanted: new Map(), refreshes: new Map() };
    this.#queues.set(namespace, queue);
    return queue;
  }
}

function cursorOf<S>(namespace: string, { wanted, refreshes }: NamespaceQueue<S>, may: MayRead): Cursor<S> {
  return { namespace, wanted: wanted.values(), refreshes: (may(namespace, 'refresh') ? refreshes : new Map<ReferenceKey, S>()).values() };
}

/** A read that several namespaces need is chosen once, for the first of them. */
function nextOf<S extends QueuedRead>(cursor: Iterator<S>, namespace: string, chosen: Set<S>): S | undefined {
  for (let next = cursor.next(); next.done !== true; next = cursor.next()) {
    if (chosen.has(next.value)) continue;
    chosen.add(next.value);
    next.value.servedNamespace = namespace;
    return next.value;
  }
  return undefined;
}
