/**
 * Due references that wait for their refresh, in a queue for each namespace: the reference that has waited longest comes first, and namespaces take turns. A
 * reference waits in the queue of the namespace that owns it, for which its refresh counts. A reference in one of these queues is not in the due queue,
 * unless it was planned again meanwhile.
 */
import type { TrackedReference } from '../references/tracked-reference.ts';

export type QueuedReference = Pick<TrackedReference, 'namespace' | 'isUsed' | 'isAnswered'>;

/** What happens to the first reference of a queue: it is refreshed, it is removed without a refresh, or it waits, and all references behind it. */
export type QueueDecision = 'taken' | 'left' | 'waits';

export class RefreshQueues<T extends QueuedReference> {
  /** All queued references, each with the namespace whose queue it is in: a reference is in one queue at most. */
  readonly #queued = new Map<T, string>();
  /** The order in each queue. The namespace whose turn is next is first. */
  readonly #queues = new Map<string, Set<T>>();
  #goesOn = false;

  /**
   * Appends the reference to the queue of the namespace that owns it. A reference that is in that queue keeps its position; if its owner has changed, it
   * leaves the queue of the former owner.
   */
  add(reference: T): void {
    const { namespace } = reference;
    if (this.#queued.get(reference) === namespace) return;
    this.#remove(reference);
    this.#queued.set(reference, namespace);
    const queue = this.#queues.get(namespace) ?? new Set();
    this.#queues.set(namespace, queue.add(reference));
  }

  /**
   * Removes the references that may be refreshed. `decide` is called for each namespace with its number of waiting references, and its result for each of
   * these references, from the first one on. Namespaces with a removed reference come last the next time. References without subscribers, or with an answer
   * since they were queued, are dropped. A reference whose owner has changed goes to the queue of its present owner.
   */
  take(decide: (namespace: string, waiting: number) => (reference: T) => QueueDecision): readonly T[] {
    const taken: T[] = [];
    this.#goesOn = false;
    // A copy: a queue that goes to the end must not be examined twice.
    for (const [namespace, queue] of Array.from(this.#queues)) {
      const before = taken.length;
      this.#takeFrom(namespace, queue, decide(namespace, queue.size), taken);
      if (queue.size === 0 || taken.length === before) continue;
      this.#queues.delete(namespace);
      this.#queues.set(namespace, queue);
    }
    return taken;
  }

  /** Whether the next `take` may remove references that the last one has not examined. */
  get goesOn(): boolean {
    return this.#goesOn;
  }

  get size(): number {
    return this.#queued.size;
  }

  #takeFrom(namespace: string, queue: Set<T>, decisionOf: (reference: T) => QueueDecision, taken: T[]): void {
    for (const reference of queue) {
      const isWanted = reference.isUsed && !reference.isAnswered;
      if (isWanted && reference.namespace !== namespace) {
        this.add(reference);
        this.#goesOn = true;
        continue;
      }
      const decision = isWanted ? decisionOf(reference) : 'left';
      if (decision === 'waits') return;
      this.#remove(reference);
      if (decision === 'taken') taken.push(reference);
    }
  }

  #remove(reference: T): void {
    const namespace = this.#queued.get(reference);
    if (namespace === undefined) return;
    this.#queued.delete(reference);
    const queue = this.#queues.get(namespace);
    queue?.delete(reference);
    if (queue?.size === 0) this.#queues.delete(namespace);
  }
}
