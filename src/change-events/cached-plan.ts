/**
 * The plan of the queues, made again after a change of a store. To sort thousands of stores takes tens of milliseconds, and one namespace can
 * change its stores all the time, so that a plan with own queues is kept for some time. Changes of a status never change it.
 */
import type { StoreObject } from '../api/schema/secret-store.ts';
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import type { QueuePlan } from '../source/events/choose-queue.ts';

export interface KeptPlanParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Minimum time between two plans. */
  readonly interval: Ms;
  /** Differs after each change of a store. */
  readonly revision: () => string;
  readonly stores: () => Iterable<StoreObject>;
  readonly make: () => QueuePlan;
}

export class CachedPlan {
  readonly #parts: KeptPlanParts;
  #made: { readonly plan: QueuePlan; readonly at: Ms; readonly of: readonly Specification[] } | undefined;
  /** The last compared revision, and whether the stores were then as in the plan. */
  #compared: { readonly revision: string; readonly isEqual: boolean } | undefined;

  constructor(parts: KeptPlanParts) {
    this.#parts = parts;
  }

  /** `isLate`: a store has changed since, and it is too early for another plan. */
  get current(): { readonly plan: QueuePlan; readonly isLate: boolean } {
    const { clock, interval } = this.#parts;
    const made = this.#made;
    if (made !== undefined) {
      if (this.#isEqual(made.of)) return { plan: made.plan, isLate: false };
      if (clock.monotonic() - made.at < interval) return { plan: made.plan, isLate: true };
    }
    return { plan: this.#make(), isLate: false };
  }

  #make(): QueuePlan {
    const { clock, stores, revision, make } = this.#parts;
    const of = Array.from(stores(), specificationOf);
    const plan = make();
    this.#made = { plan, at: ms(clock.monotonic()), of };
    this.#compared = { revision: revision(), isEqual: true };
    return plan;
  }

  #isEqual(of: readonly Specification[]): boolean {
    const revision = this.#parts.revision();
    if (this.#compared?.revision !== revision) this.#compared = { revision, isEqual: areAs(this.#parts.stores(), of) };
    return this.#compared.isEqual;
  }
}

/** Identifies the specification of a store. */
interface Specification {
  readonly uid: string;
  readonly generation: number | undefined;
  /** A store that is kept without its specification names no queue. */
  readonly isKept: boolean;
}

function specificationOf({ metadata: { uid, generation }, notKept }: StoreObject): Specification {
  return { uid, generation, isKept: notKept === undefined };
}

/** A changed store keeps its place in the list, so that one pass without a lookup compares thousands of stores. */
function areAs(stores: Iterable<StoreObject>, of: readonly Specification[]): boolean {
  let index = 0;
  for (const { metadata, notKept } of stores) {
    const known = of[index];
    if (known?.uid !== metadata.uid || known.generation !== metadata.generation || known.isKept !== (notKept === undefined)) return false;
    index += 1;
  }
  return index === of.length;
}
