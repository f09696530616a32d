/** What waits to be read as one identity, and how many calls it has under way. What somebody waits for comes before refreshes. */
import type { Identity } from '../aws/identity.ts';
import type { Urgency } from './budget/budgets.ts';
import type { Asked } from './calls.ts';
import type { ReferenceKey } from './port.ts';
import type { Waiter } from './waiter.ts';

/** One wish for one reference, shared by all who have it. */
export interface Slot extends Asked {
  readonly waiters: Waiter[];
  /** When it was first wished for (monotonic). */
  readonly since: number;
  started: boolean;
  /** Somebody waits for the value itself, not only for news. */
  wanted: boolean;
  /** To be read now, whatever is known to fail. */
  forced: boolean;
}

export interface UnderWay {
  /** Monotonic. */
  readonly madeAt: number;
  /** A page of a query. */
  readonly ofQuery: boolean;
}

export class Lane {
  readonly identity: Identity;
  readonly #wanted = new Map<ReferenceKey, Slot>();
  readonly #refreshes = new Map<ReferenceKey, Slot>();
  readonly #calls = new Set<UnderWay>();
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Monotonic time at which it is looked at again because its budget was used up. */
  wakesAt = Number.POSITIVE_INFINITY;
  /** For whom the budget did not do when it was asked last: if not for what is wanted, then for nothing. */
  outOfBudgetFor: Urgency | undefined;

  constructor(identity: Identity) {
    this.identity = identity;
  }

  /** Queues a slot, or moves one that waits to where it belongs by now. */
  add(slot: Slot): void {
    (slot.wanted ? this.#refreshes : this.#wanted).delete(slot.key);
    const queue = slot.wanted ? this.#wanted : this.#refreshes;
    if (!queue.has(slot.key)) queue.set(slot.key, slot);
  }

  get(key: ReferenceKey): Slot | undefined {
    return this.#wanted.get(key) ?? this.#refreshes.get(key);
  }

  remove(slot: Slot): void {
    for (const queue of [this.#wanted, this.#refreshes]) if (queue.get(slot.key) === slot) queue.delete(slot.key);
  }

  /** Those that wait, in the order in which they are to be read. */
  *waiting(): Generator<Slot> {
    yield* this.#wanted.values();
    yield* this.#refreshes.values();
  }

  get size(): number {
    return this.#wanted.size + this.#refreshes.size;
  }

  /** The one that has waited longest (monotonic): a slot that became wanted late may be older than those before it. */
  get oldest(): number | undefined {
    const heads = [this.#wanted, this.#refreshes].flatMap((queue) => queue.values().take(1).toArray());
    return heads.length === 0 ? undefined : Math.min(...heads.map(({ since }) => since));
  }

  /** Nothing that waits could be sent when its budget was asked last. */
  get isOutOfBudget(): boolean {
    return this.outOfBudgetFor === 'wanted' || (this.outOfBudgetFor === 'refresh' && this.#wanted.size === 0);
  }

  begin(madeAt: number, ofQuery: boolean): UnderWay {
    const call = { madeAt, ofQuery };
    this.#calls.add(call);
    return call;
  }

  end(call: UnderWay, at: number): void {
    this.#calls.delete(call);
    this.#answeredAt = at;
  }

  get active(): number {
    return this.#calls.size;
  }

  /** Those that ask for pages of queries. */
  get activeQueries(): number {
    return this.#calls.values().reduce((count, { ofQuery }) => count + (ofQuery ? 1 : 0), 0);
  }

  /** Since when (monotonic) nothing has been answered while a call is under way. */
  get silentSince(): number | undefined {
    const [first] = this.#calls;
    return first === undefined || first.madeAt <= this.#answeredAt ? undefined : first.madeAt;
  }
}
