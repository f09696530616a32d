/** What waits to be read as one identity, and how many calls it has under way, by the namespaces that they are made for. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { Urgency } from '../limits/shared-budget.ts';
import type { ReferenceKey } from '../port.ts';
import { isQuery } from '../references/reference-key.ts';
import { type MayRead, NamespaceQueues } from './namespace-queues.ts';
import type { PendingRead } from './pending-reads.ts';

export interface UnderWay {
  /** Monotonic. */
  readonly madeAt: number;
  readonly ofQuery: boolean;
  /** For whose turn it is made. */
  readonly namespace: string;
}

/** Values and queries wait apart: a query takes call after call, of another budget, and must hold up no value. */
export class IdentityQueue {
  readonly identity: Identity;
  readonly #values = new NamespaceQueues<PendingRead>();
  readonly #queries = new Map<ReferenceKey, PendingRead>();
  /** Namespaces by their last page of a query, the latest last; those without one come first. */
  readonly #paged = new Set<string>();
  readonly #calls = new Set<UnderWay>();
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Monotonic times at which it is looked at again because a budget was used up. */
  readonly wakesAt = { values: Number.POSITIVE_INFINITY, queries: Number.POSITIVE_INFINITY };
  /** For whom the budget did not do when it was asked last: if not for what is wanted, then for nothing. */
  outOfBudgetFor: Urgency | undefined;

  constructor(identity: Identity) {
    this.identity = identity;
  }

  /** Queues a slot, or moves one that waits to where it belongs by now. */
  add(pending: PendingRead): void {
    if (isQuery(pending.reference)) this.#queries.set(pending.key, pending);
    else this.#values.add(pending);
  }

  remove(pending: PendingRead): void {
    this.#values.remove(pending);
    if (this.#queries.get(pending.key) === pending) this.#queries.delete(pending.key);
  }

  /**
   * Values that wait, in the order in which they are to be read, of namespaces that have fewer than `most` calls for values under way, and for which
   * anything may be read.
   */
  values(most: number, may: MayRead): Generator<PendingRead> {
    return this.#values.inTurn((namespace, urgency) => this.activeOf(namespace) < most && may(namespace, urgency));
  }

  /** Namespaces for which a value waits, and how urgent the most urgent one is. */
  namespaces(): Generator<readonly [string, Urgency]> {
    return this.#values.namespaces();
  }

  /**
   * Queries that wait, in the order in which they are to go on: namespaces take turns. Of one namespace, what has begun is ended first, so that few are
   * kept half.
   */
  queries(): readonly PendingRead[] {
    const lines = new Map<string, PendingRead[]>();
    for (const pending of this.#queries.values()) {
      const [namespace = ''] = pending.namespaces;
      pending.takenFor = namespace;
      const line = lines.get(namespace) ?? [];
      lines.set(namespace, line);
      line.push(pending);
    }
    const turns = [...this.#paged];
    const inTurn = [...lines].sort(([one], [other]) => turns.indexOf(one) - turns.indexOf(other)).map(([, line]) => line);
    for (const line of inTurn) line.sort((one, other) => rankOf(one) - rankOf(other));
    const longest = Math.max(0, ...inTurn.map(({ length }) => length));
    return Array.from({ length: longest }, (_, place) => inTurn.flatMap((line) => line[place] ?? [])).flat();
  }

  /** How many queries have begun and have not ended; `namespace`: those for its turn only. */
  begunQueries(namespace?: string): number {
    const own = ({ begun, takenFor }: PendingRead): boolean => begun !== undefined && (namespace === undefined || takenFor === namespace);
    return this.activeQueries(namespace) + this.#queries.values().filter(own).toArray().length;
  }

  /** All that wait. */
  waiting(): readonly PendingRead[] {
    return [...this.#values.all, ...this.#queries.values()];
  }

  get isIdle(): boolean {
    return this.#calls.size === 0 && this.size === 0 && !this.hasQueries;
  }

  get hasQueries(): boolean {
    return this.#queries.size > 0;
  }

  /** Somebody waits for a value. */
  get hasWanted(): boolean {
    return this.#values.hasWanted;
  }

  /** Somebody waits for a value in a namespace that has fewer than `most` calls for values under way. */
  hasWantedBelow(most: number): boolean {
    return this.#values.waiting().some((namespace) => this.activeOf(namespace) < most);
  }

  /** Values that wait. */
  get size(): number {
    return this.#values.size;
  }

  /** The value that has waited longest (monotonic). */
  get oldest(): number | undefined {
    return this.#values.oldest;
  }

  /** No value that waits could be sent when its budget was asked last. */
  get isOutOfBudget(): boolean {
    return this.outOfBudgetFor === 'wanted' || (this.outOfBudgetFor === 'refresh' && !this.hasWanted);
  }

  begin(madeAt: number, ofQuery: boolean, namespace: string): UnderWay {
    const call = { madeAt, ofQuery, namespace };
    this.#calls.add(call);
    if (ofQuery) {
      this.#paged.delete(namespace);
      this.#paged.add(namespace);
    } else this.#values.served(namespace);
    return call;
  }

  end(call: UnderWay, at: number): void {
    this.#calls.delete(call);
    this.#answeredAt = at;
  }

  /** Calls for values. */
  get active(): number {
    return this.#calls.size - this.activeQueries();
  }

  /** The same, for the turn of this namespace. */
  activeOf(namespace: string): number {
    let count = 0;
    for (const call of this.#calls) if (!call.ofQuery && call.namespace === namespace) count += 1;
    return count;
  }

  /** Calls for a page of a query; `namespace`: those for its turn only. */
  activeQueries(namespace?: string): number {
    let count = 0;
    for (const call of this.#calls) if (call.ofQuery && (namespace === undefined || call.namespace === namespace)) count += 1;
    return count;
  }

  /** Since when (monotonic) nothing has been answered while a call is under way. */
  get silentSince(): number | undefined {
    const [first] = this.#calls;
    return first === undefined || first.madeAt <= this.#answeredAt ? undefined : first.madeAt;
  }
}

function rankOf({ begun, wanted }: PendingRead): number {
  if (begun !== undefined) return 0;
  return wanted ? 1 : 2;
}
