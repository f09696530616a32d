/** What waits to be read as one identity, and how many calls it has under way. What somebody waits for comes before refreshes. */
import type { Identity } from '../aws/identity.ts';
import type { Urgency } from './budget/shared-budget.ts';
import type { ReferenceKey } from './port.ts';
import { isQuery } from './reference-key.ts';
import type { Slot } from './slots.ts';

export interface UnderWay {
  /** Monotonic. */
  readonly madeAt: number;
  readonly ofQuery: boolean;
}

/** Values and queries wait apart: a query takes call after call, of another budget, and must hold up no value. */
export class Lane {
  readonly identity: Identity;
  readonly #wanted = new Map<ReferenceKey, Slot>();
  readonly #refreshes = new Map<ReferenceKey, Slot>();
  readonly #queries = new Map<ReferenceKey, Slot>();
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
  add(slot: Slot): void {
    if (isQuery(slot.reference)) {
      this.#queries.set(slot.key, slot);
      return;
    }
    (slot.wanted ? this.#refreshes : this.#wanted).delete(slot.key);
    const queue = slot.wanted ? this.#wanted : this.#refreshes;
    if (!queue.has(slot.key)) queue.set(slot.key, slot);
  }

  remove(slot: Slot): void {
    for (const queue of [this.#wanted, this.#refreshes, this.#queries]) if (queue.get(slot.key) === slot) queue.delete(slot.key);
  }

  /** Values that wait, in the order in which they are to be read. */
  *values(): Generator<Slot> {
    yield* this.#wanted.values();
    yield* this.#refreshes.values();
  }

  /** Queries that wait, in the order in which they are to go on: what has begun is ended first, so that few are kept half. */
  queries(): readonly Slot[] {
    return [...this.#queries.values()].sort((one, other) => rankOf(one) - rankOf(other));
  }

  /** All that wait. */
  waiting(): readonly Slot[] {
    return [...this.values(), ...this.queries()];
  }

  get isIdle(): boolean {
    return this.#calls.size === 0 && this.size === 0 && !this.hasQueries;
  }

  get hasQueries(): boolean {
    return this.#queries.size > 0;
  }

  /** Somebody waits for a value. */
  get hasWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** Values that wait. */
  get size(): number {
    return this.#wanted.size + this.#refreshes.size;
  }

  /** The value that has waited longest (monotonic): a slot that became wanted late may be older than those before it. */
  get oldest(): number | undefined {
    const heads = [this.#wanted, this.#refreshes].flatMap((queue) => queue.values().take(1).toArray());
    return heads.length === 0 ? undefined : Math.min(...heads.map(({ since }) => since));
  }

  /** No value that waits could be sent when its budget was asked last. */
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

  /** Calls for values. */
  get active(): number {
    return this.#calls.size - this.activeQueries;
  }

  /** Calls for a page of a query. */
  get activeQueries(): number {
    let count = 0;
    for (const { ofQuery } of this.#calls) if (ofQuery) count += 1;
    return count;
  }

  /** Since when (monotonic) nothing has been answered while a call is under way. */
  get silentSince(): number | undefined {
    const [first] = this.#calls;
    return first === undefined || first.madeAt <= this.#answeredAt ? undefined : first.madeAt;
  }
}

function rankOf({ begun, wanted }: Slot): number {
  if (begun !== undefined) return 0;
  return wanted ? 1 : 2;
}
