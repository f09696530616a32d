/**
 * Due references that wait for their refresh, in a queue for each namespace: the reference that has waited longest comes first, and namespaces take turns. A
 * reference in one of these queues is not in the due queue, unless it was planned again meanwhile.
 */
import type { TrackedReference } from '../references/tracked-reference.ts';

export type QueuedReference = Pick<TrackedReference, 'namespace' | 'isUsed' | 'isAnswered'>;

/** What happens to the first reference of a queue: it is refreshed, it is removed without a refresh, or it waits, and all references behind it. */
export type QueueDecision = 'taken' | 'left' | 'waits';

export class RefreshQueues<T extends QueuedReference> {
  /** The namespace whose turn is next is first. */
  readonly #queues = new Map<string, Set<T>>();
  #size = 0;

  /** Appends the reference to the queue of its namespace; a reference that is queued keeps its position. */
  add(reference: T): void {
    const { namespace } = reference;
    const queue = this.#queues.get(namespace) ?? new Set();
    this.#queues.set(namespace, queue);
    if (!queue.has(reference)) this.#size += 1;
    queue.add(reference);
  }

  /**
   * Removes the references that may be refreshed. `decide` is called once for each namespace with its number of waiting references, and its result for each of
   * these references, from the first one on. Namespaces with a removed reference come last the next time. References without subscribers, or with an answer
   * since they were queued, are dropped.
   */
  take(decide: (namespace: string, waiting: number) => (reference: T) => QueueDecision): readonly T[] {
    const taken: T[] = [];
    // A copy: a queue that goes to the end must not be examined twice.
    for (const [namespace, queue] of Array.from(this.#queues)) {
      const decisionOf = decide(namespace, queue.size);
      const before = taken.length;
      for (const reference of queue) {
        const decision = reference.isUsed && !reference.isAnswered ? decisionOf(reference) : 'left';
        if (decision === 'waits') break;
        queue.delete(reference);
        this.#size -= 1;
        if (decision === 'taken') taken.push(reference);
      }
      if (queue.size > 0 && taken.length === before) continue;
      this.#queues.delete(namespace);
      if (queue.size > 0) this.#queues.set(namespace, queue);
    }
    return taken;
  }

  get size(): number {
    return this.#size;
  }
}
