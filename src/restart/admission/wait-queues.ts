/** Workloads that wait for a change of a group or for a place: a queue for each group, and turns of namespaces and groups for places. Pure data. */
import type { ConsumerId } from '../consumer/consumer.ts';
import { OrderedQueue } from './ordered-queue.ts';

export class WaitQueues {
  readonly #queues = new Map<string, OrderedQueue>();
  readonly #queuesOf = new Map<ConsumerId, readonly string[]>();
  /** Groups whose first workload needs a place of its namespace or of the installation, by namespace. The first of each is next. */
  readonly #needPlaces = new Map<string, Set<string>>();

  first(queue: string): ConsumerId | undefined {
    return this.#queues.get(queue)?.first();
  }

  /** A copy, in no order. */
  keysOf(queue: string): ConsumerId[] {
    return [...(this.#queues.get(queue)?.keys() ?? [])];
  }

  /** All queues with somebody in them: a copy. */
  names(): string[] {
    return [...this.#queues.keys()];
  }

  /** The workload is in these queues and in no other one. */
  set(id: ConsumerId, queues: readonly string[], rankIn: (queue: string) => number): void {
    const next = new Set(queues);
    for (const queue of this.#queuesOf.get(id) ?? []) if (!next.has(queue)) this.#leave(id, queue);
    for (const queue of queues) {
      const known = this.#queues.get(queue) ?? new OrderedQueue();
      this.#queues.set(queue, known);
      known.set(id, rankIn(queue));
    }
    if (queues.length > 0) this.#queuesOf.set(id, queues);
    else this.#queuesOf.delete(id);
  }

  delete(id: ConsumerId): void {
    for (const queue of this.#queuesOf.get(id) ?? []) this.#leave(id, queue);
    this.#queuesOf.delete(id);
  }

  queuesOf(id: ConsumerId): readonly string[] {
    return this.#queuesOf.get(id) ?? [];
  }

  needsPlace(namespace: string, queue: string): void {
    const queues = this.#needPlaces.get(namespace);
    if (queues === undefined) this.#needPlaces.set(namespace, new Set([queue]));
    else queues.add(queue);
  }

  /** Namespaces that need places, in turn: a copy. */
  namespacesInNeed(): string[] {
    return [...this.#needPlaces.keys()];
  }

  /** Takes the group whose turn it is. With it, the namespace goes to the end. */
  takeTurn(namespace: string): string | undefined {
    const queues = this.#needPlaces.get(namespace);
    const [queue] = queues ?? [];
    this.#needPlaces.delete(namespace);
    if (queues === undefined || queue === undefined) return undefined;
    queues.delete(queue);
    if (queues.size > 0) this.#needPlaces.set(namespace, queues);
    return queue;
  }

  #leave(id: ConsumerId, queue: string): void {
    const known = this.#queues.get(queue);
    known?.delete(id);
    if (known?.size === 0) this.#queues.delete(queue);
  }
}
