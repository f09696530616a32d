/**
 * References that are due and wait to be refreshed, in a line for each namespace: those that wait longest come first, and namespaces take turns. Nothing
 * that is in a line is in the queue of what falls due, unless it was planned anew meanwhile.
 */
import type { TrackedReference } from '../references/tracked-reference.ts';

export type Lined = Pick<TrackedReference, 'namespace' | 'isUsed' | 'isAnswered'>;

/** What becomes of the first of a line: it is taken, it leaves the line all the same, or it waits, and all behind it. */
export type Turn = 'taken' | 'left' | 'waits';

export class RefreshLines<T extends Lined> {
  /** Whose turn comes next is first. */
  readonly #lines = new Map<string, Set<T>>();
  #size = 0;

  /** Goes to the end of the line of whoever uses it; one that is in it keeps its place. */
  add(reference: T): void {
    const { namespace } = reference;
    const line = this.#lines.get(namespace) ?? new Set();
    this.#lines.set(namespace, line);
    if (!line.has(reference)) this.#size += 1;
    line.add(reference);
  }

  /**
   * Takes out what may go. `judge` is called once for each namespace, with how many it has waiting, and what it gives for each of these from the front on.
   * Namespaces of which something was taken come last the next time. What nobody uses any more, or was answered meanwhile, is dropped.
   */
  take(judge: (namespace: string, waiting: number) => (reference: T) => Turn): readonly T[] {
    const taken: T[] = [];
    // A copy: a line that goes to the end is not to be looked at twice.
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
