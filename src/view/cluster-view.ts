/** The objects of the cluster that the operator keeps: one store for each kind, with objects reduced to the parts that are needed. */
import type { KubeObject, OwnObject } from '../api/object/object.ts';
import { groupResource, type ResourceType } from '../api/object/resource-type.ts';
import type { Key } from '../base/key.ts';
import { memoryForObjects } from '../base/usable-memory.ts';
import type { KeptFigures } from '../telemetry/metrics/kept-metrics.ts';
import { type IndexFunction, Store } from '../watch/store.ts';
import { BudgetedStore } from './budgeted-store.ts';
import type { OwnKind } from './own-kind.ts';
import { type AnyKindDefinition, createOwnKinds } from './own-kinds.ts';
import type { AnySupportingKind, SupportingKind } from './supporting-kind.ts';

export interface ClusterView {
  /** The kinds that controllers reconcile, by group resource, with the budgets of their objects. */
  readonly own: ReadonlyMap<string, OwnKind<OwnObject>>;
  /** The stores of the kinds that controllers read in addition, by the id of the kind. One without a budget is made when somebody first asks for it. */
  readonly supporting: Map<string, Store<KubeObject>>;
}

export interface ClusterViewOptions {
  /** The kinds that controllers of this installation reconcile. */
  readonly kinds: readonly AnyKindDefinition[];
  /** The kinds that they read in addition. */
  readonly supporting: readonly AnySupportingKind[];
  /** Bytes for the objects of all kinds with a budget. */
  readonly memory?: number;
  /** Whether this process works on the key. The others are kept, too, but `countIn` leaves them out. */
  readonly owns?: (key: Key) => boolean;
}

export function createClusterView({ kinds, supporting, memory = memoryForObjects(), owns }: ClusterViewOptions): ClusterView {
  const weights = [...kinds.map(({ memoryWeight }) => memoryWeight), ...supporting.map((kind) => kind.memory?.weight ?? 0)];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const memoryOf = (weight: number): number => (memory * weight) / sum;
  return { own: createOwnKinds(kinds, memoryOf, owns), supporting: new Map(supporting.flatMap((kind) => budgetedStore(kind, memoryOf))) };
}

/** Empty for a kind without a budget. */
function budgetedStore(
  { id, indexes, memory }: AnySupportingKind,
  memoryOf: (weight: number) => number,
): readonly (readonly [string, Store<KubeObject>])[] {
  if (memory === undefined) return [];
  const { weight, kind, costOf, nameOnly } = memory;
  return [[id, new BudgetedStore({ kind, total: memoryOf(weight), costOf, nameOnly, ...(indexes !== undefined && { indexes }) })]];
}

/** How much of each budget is used. */
export function keptFigures({ own, supporting }: ClusterView): readonly KeptFigures[] {
  const stores = [...Array.from(own.values(), ({ store }) => store), ...supporting.values()];
  return stores.flatMap((store) => (store instanceof BudgetedStore ? [store.figures] : []));
}

/**
 * The store of a kind that a controller reconciles. `T`: the reduced object of the kind. Empty, with `indexes`, if no controller of this installation reconciles
 * it.
 */
export function ownStore<T extends OwnObject>(
  { own }: ClusterView,
  type: ResourceType,
  indexes: Readonly<Record<string, IndexFunction<T>>> = {},
): Store<T> {
  const store = own.get(groupResource(type))?.store as unknown as Store<T> | undefined;
  return store ?? new Store({ indexes });
}

/** The store of a kind that controllers read. It stays empty if no controller of this installation watches the kind. */
export function supportingStore<T extends KubeObject>({ supporting }: ClusterView, { id, indexes }: SupportingKind<T>): Store<T> {
  const store = (supporting.get(id) as unknown as Store<T> | undefined) ?? new Store<T>(indexes === undefined ? {} : { indexes });
  supporting.set(id, store as unknown as Store<KubeObject>);
  return store;
}

/** Throws a TypeError if the view does not have the kind, which is a defect. */
export function ownKind({ own }: Pick<ClusterView, 'own'>, type: ResourceType): OwnKind<OwnObject> {
  const found = own.get(groupResource(type));
  if (found === undefined) throw new TypeError(`the view has no kind ${groupResource(type)}`);
  return found;
}
