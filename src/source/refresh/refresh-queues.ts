/**
 * Due references that wait for their refresh, in a queue for each namespace: the reference that has waited longest comes first, and namespaces take turns. A
 * shared reference waits in the queues of namespaces that need it, and its refresh counts for the one whose queue reaches it first: a namespace with a long
 * queue delays no other. While it waits, it joins the queues of further namespaces: of those that need it by now, and of those beyond the first few. A
 * reference in one of these queues is not in the due queue, unless it was planned again meanwhile.
 */
import type { Moment } from '../references/namespace-intervals.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';
import { type Dueable, DueQueue } from '../schedule/due-queue.ts';

export type QueuedReference = Pick<TrackedReference, 'needing' | 'countsFor' | 'isUsed' | 'isUnrefreshed' | 'isAnswered'>;

/**
 * What happens to the first reference of a queue: it is refreshed, or removed without a refresh, or it waits, and all references behind it: until the next
 * pass, or until a time (monotonic).
 */
export type QueueDecision = 'taken' | 'left' | 'waits' | { readonly heldUntil: number };

export interface QueuePass<T> {
  readonly at: Moment;
  /** Most references to look at. */
  readonly most: number;
  /** Called for each namespace with its number of waiting references. The result decides about each of these references, from the first one on. */
  readonly decide: (namespace: string, waiting: number) => (reference: T) => QueueDecision;
}

/** A reference and the namespaces whose queues it is in. Due when it may join further queues. */
interface Queued<T> extends Dueable {
  readonly reference: T;
  readonly namespaces: string[];
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
  readonly #queued = new Map<T, Queued<T>>();
  /** The same, by the time when they may join further queues. */
  readonly #joining = new DueQueue<Queued<T>>();
  /** The namespace whose turn is next is first. */
  readonly #queues = new Map<string, NamespaceQueue<T>>();
  /** The next pass may do at once what the last one has left. */
  #goesOn = false;

  /** Appends the reference to the queues of namespaces that need it. In queues where it is, it keeps its position. */
  add(reference: T, at: Moment): void {
    const queued = this.#queued.get(reference) ?? { reference, namespaces: [], dueAt: Number.POSITIVE_INFINITY };
    this.#queued.set(reference, queued);
    const { found, nextAt } = reference.needing(at, (namespace) => this.#queues.get(namespace)?.references.has(reference) === true);
    for (const namespace of found) {
      const queue = this.#queues.get(namespace) ?? { references: new Set(), heldUntil: 0 };
      queue.references.add(reference);
      queued.namespaces.push(namespace);
      this.#queues.set(namespace, queue);
    }
    this.#joining.set(queued, nextAt);
  }

  /**
   * Removes the references that may be refreshed, and returns them with the number of references that it has looked at. Namespaces with a removed reference
   * come last the next time; a pass that ends at its bound goes on with the namespaces that it has not looked at. References without subscribers, or with an
   * answer since they were queued, are dropped. A reference leaves the queue of a namespace that does not need it any more.
   */
  take({ at, most, decide }: QueuePass<T>): { readonly taken: readonly T[]; readonly looks: number } {
    const progress: Progress<T> = { taken: [], left: most, isCut: false, hasChanged: false };
    const [served, others]: [string[], string[]] = [[], []];
    this.#goesOn = false;
    this.#join(at, progress);
    // A copy: a queue must not be looked at twice.
    for (const [namespace, queue] of Array.from(this.#queues)) {
      if (!isReady(queue, at.monotonic)) continue;
      progress.isCut ||= progress.left === 0;
      if (progress.isCut) break;
      const before = progress.taken.length;
      this.#takeFrom(queue, this.#decider(namespace, at, decide(namespace, queue.references.size)), progress);
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
    let next = this.#joining.peek()?.dueAt ?? Number.POSITIVE_INFINITY;
    for (const { heldUntil } of this.#queues.values()) if (heldUntil > 0) next = Math.min(next, heldUntil);
    return next;
  }

  get size(): number {
    return this.#queued.size;
  }

  /** Waiting references join the queues of further namespaces. */
  #join(at: Moment, progress: Progress<T>): void {
    // Half of the pass, so that queues have a part in each.
    const joining = this.#joining.takeDue(at.monotonic, Math.ceil(progress.left / 2));
    progress.left -= joining.length;
    for (const { reference } of joining) {
      if (isWaiting(reference)) this.add(reference, at);
      else this.#remove(reference);
    }
  }

  #takeFrom(queue: NamespaceQueue<T>, decide: (reference: T) => QueueDecision | 'moved', progress: Progress<T>): void {
    queue.heldUntil = 0;
    for (const reference of queue.references) {
      if (progress.left === 0) {
        progress.isCut = true;
        return;
      }
      progress.left -= 1;
      const decision = decide(reference);
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

  #decider(namespace: string, at: Moment, decide: (reference: T) => QueueDecision): (reference: T) => QueueDecision | 'moved' {
    return (reference) => {
      if (!isWaiting(reference)) return 'left';
      if (reference.countsFor(namespace)) return decide(reference);
      this.#move(reference, namespace, at);
      return 'moved';
    };
  }

  /** From the queue of this namespace to those of others. */
  #move(reference: T, namespace: string, at: Moment): void {
    this.#leave(namespace, reference);
    const { namespaces } = this.#queued.get(reference) ?? { namespaces: [] as string[] };
    namespaces.splice(namespaces.indexOf(namespace), 1);
    this.add(reference, at);
    // This pass may have looked at those queues before.
    this.#goesOn = true;
  }

  /** The namespace comes last the next time. */
  #endTurn(namespace: string): void {
    const queue = this.#queues.get(namespace);
    this.#queues.delete(namespace);
    if (queue !== undefined) this.#queues.set(namespace, queue);
  }

  #remove(reference: T): void {
    const queued = this.#queued.get(reference);
    if (queued === undefined) return;
    this.#queued.delete(reference);
    this.#joining.set(queued, undefined);
    for (const namespace of queued.namespaces) this.#leave(namespace, reference);
  }

  #leave(namespace: string, reference: T): void {
    const queue = this.#queues.get(namespace);
    queue?.references.delete(reference);
    if (queue?.references.size === 0) this.#queues.delete(namespace);
  }
}

/** False if no subscriber needs it any more, or with an answer since it was queued. */
function isWaiting({ isUsed, isUnrefreshed, isAnswered }: QueuedReference): boolean {
  return isUsed && !isUnrefreshed && !isAnswered;
}

/** False, too, if other queues have given all of its references in this pass. */
function isReady({ heldUntil, references }: NamespaceQueue<unknown>, now: number): boolean {
  return heldUntil <= now && references.size > 0;
}
