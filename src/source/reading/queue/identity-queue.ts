/** The waiting reads of one identity, and its calls in flight, by namespace. */
import type { Identity } from '../../../aws/credentials/identity.ts';
import type { Urgency } from '../../limits/budgets/shared-budget.ts';
import type { ReferenceKey } from '../../port.ts';
import { isQuery } from '../../references/reference-key.ts';
import { type MayRead, NamespaceQueues } from './namespace-queues.ts';
import type { PendingRead } from './pending-read.ts';

export interface ActiveCall {
  /** Monotonic. */
  readonly madeAt: number;
  readonly isPage: boolean;
  /** The namespace that the call counts for. */
  readonly namespace: string;
}

/** Values and queries have separate queues: a query makes many calls from its own budget, and must not delay values. */
export class IdentityQueue {
  readonly identity: Identity;
  readonly #values = new NamespaceQueues<PendingRead>();
  readonly #queries = new Map<ReferenceKey, PendingRead>();
  /**
   * Namespaces in the order of their last page of a query, the latest at the end. Namespaces without a page are not in it and come first.
   */
  readonly #pageOrder = new Set<string>();
  readonly #calls = new Set<ActiveCall>();
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Monotonic times of the next dispatch after a budget was exhausted. */
  readonly wakesAt = { values: Number.POSITIVE_INFINITY, queries: Number.POSITIVE_INFINITY };
  /** The highest urgency for which the budget was exhausted at the last dispatch. 'wanted': no call may start. */
  outOfBudgetFor: Urgency | undefined;

  constructor(identity: Identity) {
    this.identity = identity;
  }

  /** Queues a read, or moves a queued read to the queue of its present urgency. */
  add(pending: PendingRead): void {
    if (isQuery(pending.reference)) this.#queries.set(pending.key, pending);
    else this.#values.add(pending);
  }

  remove(pending: PendingRead): void {
    this.#values.remove(pending);
    if (this.#queries.get(pending.key) === pending) this.#queries.delete(pending.key);
  }

  /** Reads of values in the order of service, of namespaces with fewer than `most` calls for values in flight that `may` permits. */
  values(most: number, may: MayRead): Generator<PendingRead> {
    return this.#values.inOrder((namespace, urgency) => this.activeOf(namespace) < most && may(namespace, urgency));
  }

  /** Namespaces with reads of values, each with the highest urgency of its reads. */
  namespaces(): Generator<readonly [string, Urgency]> {
    return this.#values.namespaces();
  }

  /**
   * Queries in the order of service: namespaces take turns. In a namespace, started queries come first, so that few partial sets are in
   * memory.
   */
  queries(): readonly PendingRead[] {
    const queues = new Map<string, PendingRead[]>();
    for (const pending of this.#queries.values()) {
      const [namespace = ''] = pending.namespaces;
      pending.servedNamespace = namespace;
      const queue = queues.get(namespace) ?? [];
      queues.set(namespace, queue);
      queue.push(pending);
    }
    const pageOrder = [...this.#pageOrder];
    const ordered = [...queues].sort(([one], [other]) => pageOrder.indexOf(one) - pageOrder.indexOf(other)).map(([, queue]) => queue);
    for (const queue of ordered) queue.sort((one, other) => rankOf(one) - rankOf(other));
    const longest = Math.max(0, ...ordered.map(({ length }) => length));
    return Array.from({ length: longest }, (_, position) => ordered.flatMap((queue) => queue[position] ?? [])).flat();
  }

  /** Number of started queries that have not ended; `namespace`: only those of this namespace. */
  startedQueries(namespace?: string): number {
    const isStarted = ({ firstCall, servedNamespace }: PendingRead): boolean =>
      firstCall !== undefined && (namespace === undefined || servedNamespace === namespace);
    return this.activePages(namespace) + this.#queries.values().filter(isStarted).toArray().length;
  }

  /** All reads that wait. */
  waiting(): readonly PendingRead[] {
    return [...this.#values.all, ...this.#queries.values()];
  }

  get isIdle(): boolean {
    return this.#calls.size === 0 && this.size === 0 && !this.hasQueries;
  }

  get hasQueries(): boolean {
    return this.#queries.size > 0;
  }

  /** Whether a caller waits for a value. */
  get hasWanted(): boolean {
    return this.#values.hasWanted;
  }

  /** Whether a caller waits for a value in a namespace with fewer than `most` calls for values in flight. */
  hasWantedUnder(most: number): boolean {
    return this.#values.waiting().some((namespace) => this.activeOf(namespace) < most);
  }

  /** Number of waiting values. */
  get size(): number {
    return this.#values.size;
  }

  /** Monotonic time since which the oldest value has waited. */
  get oldest(): number | undefined {
    return this.#values.oldest;
  }

  /** Whether the budget permitted no waiting value at the last request. */
  get isOutOfBudget(): boolean {
    return this.outOfBudgetFor === 'wanted' || (this.outOfBudgetFor === 'refresh' && !this.hasWanted);
  }

  startCall(madeAt: number, isPage: boolean, namespace: string): ActiveCall {
    const call = { madeAt, isPage, namespace };
    this.#calls.add(call);
    if (isPage) {
      this.#pageOrder.delete(namespace);
      this.#pageOrder.add(namespace);
    } else this.#values.served(namespace);
    return call;
  }

  endCall(call: ActiveCall, at: number): void {
    this.#calls.delete(call);
    this.#answeredAt = at;
  }

  /** Number of calls for values in flight. */
  get active(): number {
    return this.#calls.size - this.activePages();
  }

  /** The same for one namespace. */
  activeOf(namespace: string): number {
    let count = 0;
    for (const call of this.#calls) if (!call.isPage && call.namespace === namespace) count += 1;
    return count;
  }

  /** Number of calls for pages of queries in flight; `namespace`: only those of this namespace. */
  activePages(namespace?: string): number {
    let count = 0;
    for (const call of this.#calls) if (call.isPage && (namespace === undefined || call.namespace === namespace)) count += 1;
    return count;
  }

  /** Monotonic time since which calls are in flight without any answer. */
  get unansweredSince(): number | undefined {
    const [first] = this.#calls;
    return first === undefined || first.madeAt <= this.#answeredAt ? undefined : first.madeAt;
  }
}

function rankOf({ firstCall, wanted }: PendingRead): number {
  if (firstCall !== undefined) return 0;
  return wanted ? 1 : 2;
}
