/**
 * Due references that wait for their refresh, in a queue for each namespace: the reference that has waited longest comes first, and namespaces take turns. A
 * reference in one of these queues is not in the due queue, unless it was planned again meanwhile.
 */
import type { TrackedReference } from '../references/tracked-reference.ts';

export type Lined = Pick<TrackedReference, 'namespace' | 'isUsed' | 'isAnswered'>;

/** What happens to the first reference of a queue: it is refreshed, it is removed without a refresh, or it waits, and all references behind it. */
export type Turn = 'taken' | 'left' | 'waits';

export class RefreshLines<T extends Lined> {
  /** The namespace whose turn is next is first. */
  readonly #lines = new Map<string, Set<T>>();
  #size = 0;

  /** Appends the reference to the queue of its namespace; a reference that is queued keeps its position. */
  add(reference: T): void {
    const { namespace } = reference;
    const line = this.#lines.get(namespace) ?? new Set();
    this.#lines.set(namespace, line);
    if (!line.has(reference)) this.#size += 1;
    line.add(reference);
  }

  /**
   * Removes the references that may be refreshed. `judge` is called once for each namespace with its number of waiting references, and its result for each of
   * these references, from the first one on. Namespaces with a removed reference come last the next time. References without subscribers, or with an answer
   * since they were queued, are dropped.
   */
  take(judge: (namespace: string, waiting: number) => (reference: T) => Turn): readonly T[] {
    const taken: T[] = [];
    // A copy: a queue that goes to the end must not be examined twice.
    for (const [namespace, line] of Array.from(this.#lines)) {
      const turnOf = judge(namespace, line.size);
      const before = taken.length;
      for (const reference of line) {
        const turn = reference.isUsed && !reference.isAnswered ? turnOf(reference) : 'left';
        if (turn === 'waits') break;
        line.delete(reference);
        this.#size -= 1;
        if (turn === 'taken') taken.push(reference);
      }
      if (line.size > 0 && taken.length === before) continue;
      this.#lines.delete(namespace);
      if (line.size > 0) this.#lines.set(namespace, line);
    }
    return taken;
  }

  get size(): number {
    return this.#size;
  }
}
