/** The objects of one own kind. A budget decides which of them are kept whole; for the others only the name is kept. */
import type { KubeObject, OwnObject } from '../api/object/object.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import type { SlicedWork } from '../base/time/time-slices.ts';
import type { Omitted } from '../kube/port.ts';
import type { KeptFigures } from '../telemetry/metrics/kept-metrics.ts';
import { KeptBudget } from '../watch/kept-budget.ts';
import type { EventHandler, WatchEvent } from '../watch/port.ts';
import { keyOfObject, type Store } from '../watch/store.ts';

export interface OwnKindOptions<T extends OwnObject> {
  readonly type: ResourceType;
  /** Follows the name of the kind in metrics: see `Dialect.metricSuffix`. */
  readonly metricSuffix?: string;
  readonly store: Store<T>;
  /** Maximum bytes of the objects that are kept whole. */
  readonly total: number;
  /** Metadata that is not parsed. */
  readonly omitted: Omitted;
  /** The part of an object that is kept. */
  readonly reduce: (raw: KubeObject) => T;
  /** Estimated bytes of a reduced object. */
  readonly costOf: (object: T) => number;
  /** The part of an object that is kept if the whole object is not. */
  readonly nameOnly: (object: T, bytes: number) => T;
}

export class OwnKind<T extends OwnObject> {
  readonly type: ResourceType;
  readonly store: Store<T>;
  readonly budget: KeptBudget;
  readonly omitted: Omitted;
  readonly #options: OwnKindOptions<T>;

  constructor(options: OwnKindOptions<T>) {
    this.type = options.type;
    this.store = options.store;
    this.omitted = options.omitted;
    this.budget = new KeptBudget(options.total);
    this.#options = options;
  }

  /** Reduces an object from a list or a watch for the store. The budget is used here, page by page, before the list is complete. */
  readonly take = (raw: KubeObject): T => {
    const key = keyOfObject(raw);
    const known = this.store.get(key);
    // Listed again: the kept object is used again, and an object that is not kept waits for `readAgain`.
    if (known !== undefined && sameVersion(known, raw)) return known;
    const object = this.#options.reduce(raw);
    const bytes = this.#options.costOf(object);
    return this.budget.admit({ key, uid: raw.metadata.uid, bytes }) ? object : this.#options.nameOnly(object, bytes);
  };

  /** Releases the memory of deleted objects. */
  readonly released: EventHandler<T> = ({ type, object }) => {
    if (type === 'deleted') this.budget.release(keyOfObject(object), object.metadata.uid);
  };

  get figures(): KeptFigures {
    const { heldBytes, total, notKeptCount } = this.budget;
    return { kind: `${this.type.kind}${this.#options.metricSuffix ?? ''}`, bytes: heldBytes, limit: total, notKept: notKeptCount };
  }

  /** The store now has the list of `namespace` (empty: of the whole cluster). Releases the memory of objects that were not in it. */
  async listed(namespace: string, work: SlicedWork): Promise<void> {
    await this.budget.releaseOthers(namespace, (key) => this.store.get(key) !== undefined, work);
  }

  /**
   * Keeps an object whole that was read again, if it fits now. Returns the event for the handlers. Undefined: it does not fit, or it has
   * another version, which comes with the watch.
   */
  readAgain(raw: KubeObject): WatchEvent<T> | undefined {
    const key = keyOfObject(raw);
    const before = this.store.get(key);
    if (before?.notKept === undefined || !sameVersion(before, raw)) return undefined;
    const object = this.#options.reduce(raw);
    const bytes = this.#options.costOf(object);
    if (!this.budget.admit({ key, uid: raw.metadata.uid, bytes })) return undefined;
    this.store.refine(object);
    return { type: 'modified', object, before };
  }
}

function sameVersion({ metadata }: KubeObject, { metadata: other }: KubeObject): boolean {
  return metadata.uid === other.uid && metadata.resourceVersion === other.resourceVersion;
}
