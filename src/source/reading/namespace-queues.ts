/**
 * Reads that wait, shared out by namespace: the namespaces that wait take turns, one reference each, so that one with thousands holds up another by one
 * reference a turn. Within a namespace, what somebody waits for comes before refreshes. Pure data; nothing is kept of a namespace without reads.
 */
import type { Urgency } from '../limits/shared-budget.ts';
import type { ReferenceKey } from '../port.ts';

export interface QueuedRead {
  readonly key: ReferenceKey;
  /** Of those who want it. */
  readonly namespaces: ReadonlySet<string>;
  /** When it was first wished for (monotonic). */
  readonly since: number;
  /** Somebody waits for the value. */
  readonly wanted: boolean;
  /** The namespace for whose turn it was taken last. */
  takenFor: string;
}

/** Whether anything of this urgency may be read for a namespace now. Where nothing `wanted` may, no refresh may. */
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
  /** The namespace that was served last comes last. */
  readonly #shares = new Map<string, Share<S>>();
  readonly #all = new Set<S>();
  readonly #wanted = new Set<S>();

  /** Puts it in for all who want it, or moves it to where it belongs by now. */
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

  /** A call was made for this namespace: the others come first next time. */
  served(namespace: string): void {
    const share = this.#shares.get(namespace);
    if (share === undefined) return;
    this.#shares.delete(namespace);
    this.#shares.set(namespace, share);
  }

  /** In the order in which they are to be read, of namespaces that may. Nothing may be added or removed meanwhile. */
  *inTurn(may: MayRead = () => true): Generator<S> {
    const taken = new Set<S>();
    let lines = [...this.#shares].flatMap(([namespace, share]) => (may(namespace, 'wanted') ? [lineOf(namespace, share, may)] : []));
    while (lines.length > 0) {
      // One of each namespace: first of those with something that somebody waits for.
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

  /** All of them, in no order. */
  get all(): ReadonlySet<S> {
    return this.#all;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Somebody waits for a value. */
  get hasWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** Namespaces with something that somebody waits for. */
  *waiting(): Generator<string> {
    for (const [namespace, { wanted }] of this.#shares) if (wanted.size > 0) yield namespace;
  }

  /** Namespaces with anything that waits, and how urgent the most urgent of it is. */
  *namespaces(): Generator<readonly [string, Urgency]> {
    for (const [namespace, { wanted }] of this.#shares) yield [namespace, wanted.size > 0 ? 'wanted' : 'refresh'];
  }

  /** The one that has waited longest (monotonic): one that became wanted late may be older than those before it. */
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

/** What several want counts for the namespace that gets it first. */
function nextOf<S extends QueuedRead>(line: Iterator<S>, namespace: string, taken: Set<S>): S | undefined {
  for (let next = line.next(); next.done !== true; next = line.next()) {
    if (taken.has(next.value)) continue;
    taken.add(next.value);
    next.value.takenFor = namespace;
    return next.value;
  }
  return undefined;
}
