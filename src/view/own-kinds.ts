/** How the objects of each own kind are kept: their reduction, their indexes, and their part of the memory that namespaces share. */
import type { Dialect } from '../api/dialect.ts';
import type { ExternalSecretObject } from '../api/external-secret.ts';
import type { OwnObject } from '../api/object.ts';
import type { CustomResourceType } from '../api/resource-type.ts';
import type { StoreObject } from '../api/secret-store.ts';
import { type IndexFunction, Store } from '../watch/store.ts';
import { externalSecretIndexes } from './indexes.ts';
import { nameOnlyExternalSecret, nameOnlyStore } from './not-kept.ts';
import { costOfExternalSecret, costOfStore } from './object-cost.ts';
import { OwnKind, type OwnKindOptions } from './own-kind.ts';
import { omittedOf, reduceExternalSecret, reduceStore } from './reduced-objects.ts';

export interface OwnKindDefinition<T extends OwnObject> extends Omit<OwnKindOptions<T>, 'store' | 'total'> {
  readonly type: CustomResourceType;
  /**
   * Its part of the memory for objects is its weight, divided by the weights of all kinds. Parts are separate, so that many ExternalSecrets in a namespace do not
   * displace its stores.
   */
  readonly memoryWeight: number;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
}

export function externalSecretKind({
  kinds,
  annotations,
}: Pick<Dialect, 'kinds' | 'annotations'>): OwnKindDefinition<ExternalSecretObject> {
  return {
    type: kinds.externalSecret,
    memoryWeight: 80,
    indexes: externalSecretIndexes,
    omitted: omittedOf.externalSecret,
    reduce: (raw) => reduceExternalSecret(raw, annotations.forceSync),
    costOf: costOfExternalSecret,
    nameOnly: nameOnlyExternalSecret,
  };
}

export function secretStoreKind({ kinds }: Pick<Dialect, 'kinds'>): OwnKindDefinition<StoreObject> {
  return { type: kinds.secretStore, memoryWeight: 12, ...storeReduction };
}

export function clusterSecretStoreKind({ kinds }: Pick<Dialect, 'kinds'>): OwnKindDefinition<StoreObject> {
  return { type: kinds.clusterSecretStore, memoryWeight: 8, ...storeReduction };
}

const storeReduction = { omitted: omittedOf.store, reduce: reduceStore, costOf: costOfStore, nameOnly: nameOnlyStore } as const;

/** A kind with any type of objects. Its functions get only results of its own `reduce`. */
export type AnyKindDefinition = OwnKindDefinition<OwnObject>;

export function anyKind<T extends OwnObject>(definition: OwnKindDefinition<T>): AnyKindDefinition {
  return definition as unknown as AnyKindDefinition;
}

/** The kinds of a dialect. */
export function kindsOf(dialect: Pick<Dialect, 'kinds' | 'annotations'>): readonly AnyKindDefinition[] {
  return [anyKind(externalSecretKind(dialect)), anyKind(secretStoreKind(dialect)), anyKind(clusterSecretStoreKind(dialect))];
}

/** The kinds by their names. `memory`: bytes for the objects of all kinds together. */
export function createOwnKinds(definitions: readonly AnyKindDefinition[], memory: number): ReadonlyMap<string, OwnKind<OwnObject>> {
  const weights = definitions.reduce((sum, { memoryWeight }) => sum + memoryWeight, 0);
  return new Map(definitions.map((one) => [one.type.kind, createOwnKind(one, (memory * one.memoryWeight) / weights)]));
}

function createOwnKind<T extends OwnObject>({ indexes = {}, ...options }: OwnKindDefinition<T>, total: number): OwnKind<T> {
  return new OwnKind({ ...options, store: new Store<T>({ indexes }), total });
}
