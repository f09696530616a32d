/** The objects of one of the operator's own kinds, and how many of them may be kept whole: the others are known by name only. */
import type { KubeObject, OwnObject } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';
import type { Omitted } from '../kube/port.ts';
import type { KeptFigures } from '../telemetry/kept-metrics.ts';
import { KeptBudget } from '../watch/kept-budget.ts';
import type { EventHandler, WatchEvent } from '../watch/port.ts';
import { keyOfObject, type Store } from '../watch/store.ts';

export interface OwnKindOptions<T extends OwnObject> {
  readonly type: ResourceType;
  readonly store: Store<T>;
  /** Bytes of all objects of the kind that are kept whole. */
  readonly total: number;
  /** What of the metadata is not read. */
  readonly omitted: Omitted;
  /** What is kept of an object as it arrives. */
  readonly reduce: (raw: KubeObject) => T;
  /** Estimated bytes of what is kept. */
  readonly costOf: (object: T) => number;
  /** What is left of an object that is not kept. */
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

  /** What the store gets of an object that a list or a watch has brought. Room is taken here, page by page, before a list is complete. */
  readonly take = (raw: KubeObject): T => {
    const key = keyOfObject(raw);
    const known = this.store.get(key);
    // Listed again: there is no second copy of what is kept, and what is not kept waits for its turn.
    if (known !== undefined && sameVersion(known, raw)) return known;
    const object = this.#options.reduce(raw);
    const bytes = this.#options.costOf(object);
    return this.budget.admit({ key, uid: raw.metadata.uid, bytes }) ? object : this.#options.nameOnly(object, bytes);
  };

  /** Gives back the room of what is gone. */
  readonly released: EventHandler<T> = ({ type, object }) => {
    if (type === 'deleted') this.budget.release(keyOfObject(object), object.metadata.uid);
  };

  get figures(): KeptFigures {
    const { heldBytes, total, notKeptCount } = this.budget;
    return { kind: this.type.kind, bytes: heldBytes, limit: total, notKept: notKeptCount };
  }

  /** The store holds what was listed in `namespace` (empty: in the whole cluster). */
  listed(namespace: string): void {
    this.budget.releaseOthers(namespace, (key) => this.store.get(key) !== undefined);
  }

  /**
   * An object that was not kept, read once more: kept now if it fits. Gives the event that tells so; undefined: it is another version, which its watch
   * brings, or does not fit.
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
