/** The objects of one own kind, in a store with a budget. */
import type { KubeObject, OwnObject } from '../api/object/object.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import type { SlicedWork } from '../base/time/time-slices.ts';
import type { Omitted } from '../kube/port.ts';
import type { KeptBudget } from '../watch/kept-budget.ts';
import type { EventHandler, WatchEvent } from '../watch/port.ts';
import type { BudgetedStore, Reduction } from './budgeted-store.ts';

export interface OwnKindOptions<T extends OwnObject> {
  readonly type: ResourceType;
  readonly store: BudgetedStore<T>;
  /** Metadata that is not parsed. */
  readonly omitted: Omitted;
  /** The part of an object that is kept. */
  readonly reduce: Reduction<T>;
}

export class OwnKind<T extends OwnObject> {
  readonly type: ResourceType;
  readonly store: BudgetedStore<T>;
  readonly omitted: Omitted;
  readonly #options: OwnKindOptions<T>;

  constructor(options: OwnKindOptions<T>) {
    this.type = options.type;
    this.store = options.store;
    this.omitted = options.omitted;
    this.#options = options;
  }

  get budget(): KeptBudget {
    return this.store.budget;
  }

  /** Reduces an object from a list or a watch for the store. */
  readonly take = (raw: KubeObject): T => this.store.admit(raw, this.#options.reduce);

  /** Releases the memory of deleted objects. */
  get released(): EventHandler<T> {
    return this.store.released;
  }

  async listed(namespace: string, work: SlicedWork): Promise<void> {
    await this.store.listed(namespace, work);
  }

  readAgain(raw: KubeObject): WatchEvent<T> | undefined {
    return this.store.readAgain(raw, this.#options.reduce);
  }
}
