/**
 * Pending reads, queued by namespace. Namespaces take turns with one reference each, so that a namespace with thousands of reads delays another one by one
 * reference a turn. Within a namespace, reads that a caller waits for come before refreshes. Namespaces without reads take no memory. Pure data.
 */
import type { Urgency } from '../limits/shared-budget.ts';
import type { ReferenceKey } from '../port.ts';

export interface QueuedRead {
  readonly key: ReferenceKey;
  /** Namespaces that need the value. */
  readonly namespaces: ReadonlySet<string>;
  /** When the read was first requested (monotonic). */
  readonly since: number;
  /** A caller waits for the value. */
  readonly wanted: boolean;
  /** The namespace in whose turn the read was last chosen. */
  takenFor: string;
}

/** Whether reads of this urgency may start for a namespace now. If `wanted` reads may not start, refreshes may not start either. */
export type MayRead = (namespace: string, urgency: Urgency) => boolean;

interface Share<S> {
  readonly wanted: Map<ReferenceKey, S>;
  readonly refreshes: Map<ReferenceKey, S>;
}

interface Line<S> {
  readonly namespace: string;
  readonly wanted: Iterator<S>;
  readonly refreshes: Iterator<S>;
}

export class NamespaceQueues<S extends QueuedRead> {
  /** In order of service: the namespace that was served last is at the end. */
  readonly #shares = new Map<string, Share<S>>();
  readonly #all = new Set<S>();
  readonly #wanted = new Set<S>();

  /** Adds a read to the queues of all its namespaces, or moves it to the queue of its present urgency. */
  add(one: S): void {
    this.#all.add(one);
    if (one.wanted) this.#wanted.add(one);
    for (const namespace of one.namespaces) {
      const share = this.#share(namespace);
      (one.wanted ? share.refreshes : share.wanted).delete(one.key);
      const line = one.wanted ? share.wanted : share.refreshes;
      if (!line.has(one.key)) line.set(one.key, one);
    }
  }

  remove(one: S): void {
    if (!this.#all.delete(one)) return;
    this.#wanted.delete(one);
    for (const namespace of one.namespaces) {
      const share = this.#shares.get(namespace);
      share?.wanted.delete(one.key);
      share?.refreshes.delete(one.key);
      if (share?.wanted.size === 0 && share.refreshes.size === 0) this.#shares.delete(namespace);
    }
  }

  /** A call was made for this namespace: it goes to the end. */
  served(namespace: string): void {
    const share = this.#shares.get(namespace);
    if (share === undefined) return;
    this.#shares.delete(namespace);
    this.#shares.set(namespace, share);
  }

  /** Reads in the order of service, of namespaces that `may` permits. The queues must not change during the iteration. */
  *inTurn(may: MayRead = () => true): Generator<S> {
    const taken = new Set<S>();
    let lines = [...this.#shares].flatMap(([namespace, share]) => (may(namespace, 'wanted') ? [lineOf(namespace, share, may)] : []));
    while (lines.length > 0) {
      // One read of each namespace: `wanted` reads first, and refreshes only of namespaces without `wanted` reads.
      const others: Line<S>[] = [];
      for (const line of lines) {
        const next = nextOf(line.wanted, line.namespace, taken);
        if (next === undefined) others.push(line);
        else yield next;
      }
      const ended = new Set<Line<S>>();
      for (const line of others) {
        const next = nextOf(line.refreshes, line.namespace, taken);
        if (next === undefined) ended.add(line);
        else yield next;
      }
      lines = lines.filter((line) => !ended.has(line));
    }
  }

  /** All reads, in no order. */
  get all(): ReadonlySet<S> {
    return this.#all;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Whether a caller waits for any of the values. */
  get hasWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** Namespaces with a read that a caller waits for. */
  *waiting(): Generator<string> {
    for (const [namespace, { wanted }] of this.#shares) if (wanted.size > 0) yield namespace;
  }

  /** All namespaces with reads, each with the highest urgency of its reads. */
  *namespaces(): Generator<readonly [string, Urgency]> {
    for (const [namespace, { wanted }] of this.#shares) yield [namespace, wanted.size > 0 ? 'wanted' : 'refresh'];
  }

  /** Since when the oldest read has waited (monotonic). A read that became `wanted` late may be older than the reads before it in the queue. */
  get oldest(): number | undefined {
    let oldest: number | undefined;
    for (const share of this.#shares.values()) {
      for (const line of [share.wanted, share.refreshes]) {
        for (const { since } of line.values().take(1)) oldest = Math.min(oldest ?? since, since);
      }
    }
    return oldest;
  }

  #share(namespace: string): Share<S> {
    const known = this.#shares.get(namespace);
    if (known !== undefined) return known;
    const share: Share<S> = { wanted: new Map(), refreshes: new Map() };
    this.#shares.set(namespace, share);
    return share;
  }
}

function lineOf<S>(namespace: string, { wanted, refreshes }: Share<S>, may: MayRead): Line<S> {
  return { namespace, wanted: wanted.values(), refreshes: (may(namespace, 'refresh') ? refreshes : new Map<ReferenceKey, S>()).values() };
}

/** A read that several namespaces need is chosen once, for the first of them. */
function nextOf<S extends QueuedRead>(line: Iterator<S>, namespace: string, taken: Set<S>): S | undefined {
  for (let next = line.next(); next.done !== true; next = line.next()) {
    if (taken.has(next.value)) continue;
    taken.add(next.value);
    next.value.takenFor = namespace;
    return next.value;
  }
  return undefined;
}
