/** How the objects of each own kind are kept: their reduction, their indexes, and their part of the memory that namespaces share. */
import type { Dialect } from '../api/dialect.ts';
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { OwnObject } from '../api/object/object.ts';
import { groupResource } from '../api/object/resource-type.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { IndexFunction } from '../watch/store.ts';
import type { Key } from '../base/key.ts';
import { BudgetedStore, type Counted } from './budgeted-store.ts';
import { externalSecretIndexes } from './indexes.ts';
import { nameOnlyExternalSecret, nameOnlyStore } from './name-only.ts';
import { costOfExternalSecret, costOfStore } from './object-cost.ts';
import { OwnKind, type OwnKindOptions } from './own-kind.ts';
import { omittedOf, reduceExternalSecret, reduceStore } from './reduced-objects.ts';

export interface OwnKindDefinition<T extends OwnObject> extends Omit<OwnKindOptions<T>, 'store'>, Counted<T> {
  /** Follows the name of the kind in metrics: see `Dialect.metricSuffix`. */
  readonly metricSuffix?: string;
  /**
   * Its part of the memory for objects is its weight, divided by the weights of all kinds. Parts are separate, so that many ExternalSecrets in a namespace do not
   * displace its stores.
   */
  readonly memoryWeight: number;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
}

type KindsDialect = Pick<Dialect, 'kinds' | 'annotations' | 'metricSuffix'>;

export function externalSecretKind({ kinds, annotations, metricSuffix }: KindsDialect): OwnKindDefinition<ExternalSecretObject> {
  return {
    type: kinds.externalSecret,
    metricSuffix,
    memoryWeight: 80,
    indexes: externalSecretIndexes,
    omitted: omittedOf.externalSecret,
    reduce: (raw) => reduceExternalSecret(raw, annotations.forceSync),
    costOf: costOfExternalSecret,
    nameOnly: nameOnlyExternalSecret,
  };
}

export function secretStoreKind({ kinds, metricSuffix }: KindsDialect): OwnKindDefinition<StoreObject> {
  return { type: kinds.secretStore, metricSuffix, memoryWeight: 12, ...storeReduction };
}

export function clusterSecretStoreKind({ kinds, metricSuffix }: KindsDialect): OwnKindDefinition<StoreObject> {
  return { type: kinds.clusterSecretStore, metricSuffix, memoryWeight: 8, ...storeReduction };
}

const storeReduction = { omitted: omittedOf.store, reduce: reduceStore, costOf: costOfStore, nameOnly: nameOnlyStore } as const;

/** A kind with any type of objects. Its functions get only results of its own `reduce`. */
export type AnyKindDefinition = OwnKindDefinition<OwnObject>;

export function anyKind<T extends OwnObject>(definition: OwnKindDefinition<T>): AnyKindDefinition {
  return definition as unknown as AnyKindDefinition;
}

/** The kinds of a dialect. */
export function kindsOf(dialect: KindsDialect): readonly AnyKindDefinition[] {
  return [anyKind(externalSecretKind(dialect)), anyKind(secretStoreKind(dialect)), anyKind(clusterSecretStoreKind(dialect))];
}

/** The kinds by group resource. `memoryOf`: bytes for the objects of a kind with this weight. Throws a TypeError for a kind that is there twice. */
export function createOwnKinds(
  definitions: readonly AnyKindDefinition[],
  memoryOf: (weight: number) => number,
  owns?: (key: Key) => boolean,
): ReadonlyMap<string, OwnKind<OwnObject>> {
  const kinds = new Map<string, OwnKind<OwnObject>>();
  for (const one of definitions) {
    const id = groupResource(one.type);
    if (kinds.has(id)) throw new TypeError(`two controllers reconcile ${id}`);
    kinds.set(id, createOwnKind(one, memoryOf(one.memoryWeight), owns));
  }
  return kinds;
}

function createOwnKind<T extends OwnObject>(
  { indexes = {}, metricSuffix = '', type, omitted, reduce, costOf, nameOnly }: OwnKindDefinition<T>,
  total: number,
  counts: ((key: Key) => boolean) | undefined,
): OwnKind<T> {
  const kind = `${type.kind}${metricSuffix}`;
  const store = new BudgetedStore<T>({ kind, total, costOf, nameOnly, indexes, ...(counts !== undefined && { counts }) });
  return new OwnKind({ type, omitted, reduce, store });
}
