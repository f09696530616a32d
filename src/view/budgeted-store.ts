/** A store whose objects share a budget of bytes by namespace. The budget decides which of them are kept whole; for the others little more than the name is kept. */
import type { KubeObject, OwnObject } from '../api/object/object.ts';
import type { SlicedWork } from '../base/time/time-slices.ts';
import type { KeptFigures } from '../telemetry/metrics/kept-metrics.ts';
import { KeptBudget } from '../watch/kept-budget.ts';
import type { EventHandler, WatchEvent } from '../watch/port.ts';
import { keyOfObject, Store, type StoreOptions } from '../watch/store.ts';

/** How the objects of one kind are counted. Its functions are pure. */
export interface Counted<T extends OwnObject> {
  /** Estimated bytes of a reduced object. */
  readonly costOf: (object: T) => number;
  /** The part of an object that is kept if the whole object is not. `bytes`: the memory that the whole object would need. */
  readonly nameOnly: (object: T, bytes: number) => T;
}

export interface BudgetedStoreOptions<T extends OwnObject> extends StoreOptions<T>, Counted<T> {
  /** Name of the kind in metrics. */
  readonly kind: string;
  /** Maximum bytes of the objects that are kept whole. */
  readonly total: number;
}

/** The part of a raw object that is kept whole. */
export type Reduction<T> = (raw: KubeObject) => T;

export class BudgetedStore<T extends OwnObject> extends Store<T> {
  readonly budget: KeptBudget;
  readonly #kind: string;
  readonly #counted: Counted<T>;

  constructor(options: BudgetedStoreOptions<T>) {
    super(options);
    this.budget = new KeptBudget(options.total);
    this.#kind = options.kind;
    this.#counted = options;
  }

  get figures(): KeptFigures {
    const { heldBytes, total, notKeptCount } = this.budget;
    return { kind: this.#kind, bytes: heldBytes, limit: total, notKept: notKeptCount };
  }

  /** Reduces an object from a list or a watch for the store. The budget is used here, page by page, before the list is complete. */
  admit(raw: KubeObject, reduce: Reduction<T>): T {
    const known = this.get(keyOfObject(raw));
    // Listed again: the kept object is used again, and an object that is not kept waits for `readAgain`.
    if (known !== undefined && sameVersion(known, raw)) return known;
    return this.#fitted(reduce(raw));
  }

  /** Releases the memory of deleted objects. */
  readonly released: EventHandler<T> = ({ type, object }) => {
    if (type === 'deleted') this.budget.release(keyOfObject(object), object.metadata.uid);
  };

  /** The store now has the list of `namespace` (empty: of the whole cluster). Releases the memory of objects that were not in it. */
  async listed(namespace: string, work: SlicedWork): Promise<void> {
    await this.budget.releaseOthers(namespace, (key) => this.get(key) !== undefined, work);
  }

  /**
   * Keeps an object whole that was read again, if it fits now. Returns the event for the handlers. Undefined: it does not fit, or it has
   * another version, which comes with the watch.
   */
  readAgain(raw: KubeObject, reduce: Reduction<T>): WatchEvent<T> | undefined {
    const before = this.get(keyOfObject(raw));
    if (before?.notKept === undefined || !sameVersion(before, raw)) return undefined;
    const object = this.#fitted(reduce(raw));
    if (object.notKept !== undefined) return undefined;
    super.refine(object);
    return { type: 'modified', object, before };
  }

  /** A more complete object may be larger than what its namespace may have: then it is known by name from now on. */
  override refine(object: T): T {
    const before = this.get(keyOfObject(object));
    return before !== undefined && sameVersion(before, object) ? super.refine(this.#fitted(object)) : object;
  }

  #fitted(object: T): T {
    const bytes = this.#counted.costOf(object);
    const { uid } = object.metadata;
    return this.budget.admit({ key: keyOfObject(object), uid, bytes }) ? object : this.#counted.nameOnly(object, bytes);
  }
}

function sameVersion({ metadata }: KubeObject, { metadata: other }: KubeObject): boolean {
  return metadata.uid === other.uid && metadata.resourceVersion === other.resourceVersion;
}
