/**
 * Due references that wait for their refresh, in a queue for each namespace: the reference that has waited longest comes first, and namespaces take turns. A
 * shared reference waits in the queue of each namespace that needs it, and its refresh counts for the one whose queue reaches it first: a namespace with a
 * long queue delays no other. A reference in one of these queues is not in the due queue, unless it was planned again meanwhile.
 */
import type { TrackedReference } from '../references/tracked-reference.ts';

export type QueuedReference = Pick<TrackedReference, 'namespaces' | 'isUsed' | 'isAnswered'>;

/**
 * What happens to the first reference of a queue: it is refreshed, or removed without a refresh, or it waits, and all references behind it: until the next
 * pass, or until a time (monotonic).
 */
export type QueueDecision = 'taken' | 'left' | 'waits' | { readonly heldUntil: number };

export interface QueuePass<T> {
  /** Monotonic. */
  readonly now: number;
  /** Most references to look at. */
  readonly most: number;
  /** Called for each namespace with its number of waiting references. The result decides about each of these references, from the first one on. */
  readonly decide: (namespace: string, waiting: number) => (reference: T) => QueueDecision;
}

interface NamespaceQueue<T> {
  /** In the order of their decisions. */
  readonly references: Set<T>;
  /** Monotonic: no pass looks at the queue before. */
  heldUntil: number;
}

/** The work of one pass so far. */
interface Progress<T> {
  readonly taken: T[];
  /** Number of references that the pass may still look at. */
  left: number;
  /** Whether there are references that the pass has not looked at because of its bound. */
  isCut: boolean;
  /** Whether a reference was removed, or a queue is held: the next pass looks at others. */
  hasChanged: boolean;
}

export class RefreshQueues<T extends QueuedReference> {
  /** All queued references, each with the namespaces whose queues it is in. */
  readonly #queued = new Map<T, readonly string[]>();
  /** The namespace whose turn is next is first. */
  readonly #queues = new Map<string, NamespaceQueue<T>>();
  /** The next pass may do at once what the last one has left. */
  #goesOn = false;

  /**
   * Appends the reference to the queues of the namespaces that need it. In queues where it is, it keeps its position; it leaves the queues of namespaces that
   * do not need it any more.
   */
  add(reference: T): void {
    const { namespaces } = reference;
    const before = this.#queued.get(reference) ?? [];
    if (before === namespaces) return;
    for (const namespace of before) if (!namespaces.includes(namespace)) this.#leave(namespace, reference);
    this.#queued.set(reference, namespaces);
    for (const namespace of namespaces) {
      const queue = this.#queues.get(namespace) ?? { references: new Set(), heldUntil: 0 };
      queue.references.add(reference);
      this.#queues.set(namespace, queue);
    }
  }

  /**
   * Removes the references that may be refreshed, and returns them with the number of references that it has looked at. Namespaces with a removed reference
   * come last the next time; a pass that ends at its bound goes on with the namespaces that it has not looked at. References without subscribers, or with an
   * answer since they were queued, are dropped. A reference that other namespaces need now goes to their queues.
   */
  take({ now, most, decide }: QueuePass<T>): { readonly taken: readonly T[]; readonly looks: number } {
    const progress: Progress<T> = { taken: [], left: most, isCut: false, hasChanged: false };
    const [served, others]: [string[], string[]] = [[], []];
    this.#goesOn = false;
    // A copy: a queue must not be looked at twice.
    for (const [namespace, queue] of Array.from(this.#queues)) {
      if (!isReady(queue, now)) continue;
      progress.isCut ||= progress.left === 0;
      if (progress.isCut) break;
      const before = progress.taken.length;
      this.#takeFrom(namespace, queue, decide(namespace, queue.references.size), progress);
      (progress.taken.length > before ? served : others).push(namespace);
    }
    for (const namespace of progress.isCut ? [...others, ...served] : served) this.#endTurn(namespace);
    // If nothing has changed, the next pass would do no more before a refresh has ended.
    if (progress.isCut && progress.hasChanged) this.#goesOn = true;
    return { taken: progress.taken, looks: most - progress.left };
  }

  /** Monotonic: when a pass may do what the last one could not do; infinity: not before a refresh has ended. */
  get nextAt(): number {
    if (this.#goesOn) return 0;
    let next = Number.POSITIVE_INFINITY;
    for (const { heldUntil } of this.#queues.values()) if (heldUntil > 0) next = Math.min(next, heldUntil);
    return next;
  }

  get size(): number {
    return this.#queued.size;
  }

  #takeFrom(namespace: string, queue: NamespaceQueue<T>, decisionOf: (reference: T) => QueueDecision, progress: Progress<T>): void {
    queue.heldUntil = 0;
    for (const reference of queue.references) {
      if (progress.left === 0) {
        progress.isCut = true;
        return;
      }
      progress.left -= 1;
      const decision = this.#decide(reference, namespace, decisionOf);
      if (decision === 'waits') return;
      progress.hasChanged = true;
      if (typeof decision === 'object') {
        queue.heldUntil = decision.heldUntil;
        return;
      }
      if (decision !== 'moved') this.#remove(reference);
      if (decision === 'taken') progress.taken.push(reference);
    }
  }

  #decide(reference: T, namespace: string, decisionOf: (reference: T) => QueueDecision): QueueDecision | 'moved' {
    if (!reference.isUsed || reference.isAnswered) return 'left';
    if (reference.namespaces.includes(namespace)) return decisionOf(reference);
    this.add(reference);
    // This pass may have looked at that queue before.
    this.#goesOn = true;
    return 'moved';
  }

  /** The namespace comes last the next time. */
  #endTurn(namespace: string): void {
    const queue = this.#queues.get(namespace);
    this.#queues.delete(namespace);
    if (queue !== undefined) this.#queues.set(namespace, queue);
  }

  #remove(reference: T): void {
    const namespaces = this.#queued.get(reference) ?? [];
    this.#queued.delete(reference);
    for (const namespace of namespaces) this.#leave(namespace, reference);
  }

  #leave(namespace: string, reference: T): void {
    const queue = this.#queues.get(namespace);
    queue?.references.delete(reference);
    if (queue?.references.size === 0) this.#queues.delete(namespace);
  }
}

/** False, too, if other queues have given all of its references in this pass. */
function isReady({ heldUntil, references }: NamespaceQueue<unknown>, now: number): boolean {
  return heldUntil <= now && references.size > 0;
}
