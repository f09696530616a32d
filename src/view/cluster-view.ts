/** The objects of the cluster that the operator keeps: one store for each kind, with reduced objects. */
import type { Dialect } from '../api/dialect.ts';
import type { ExternalSecretObject } from '../api/external-secret.ts';
import type { KubeObject, OwnObject } from '../api/object.ts';
import type { StoreObject } from '../api/secret-store.ts';
import type { ManagedSecret } from '../apply/managed-secret.ts';
import { memoryForObjects } from '../base/usable-memory.ts';
import type { Workload } from '../restart/port.ts';
import type { WorkloadKind } from '../api/workload-kinds.ts';
import { Store } from '../watch/store.ts';
import { controllerOf } from './indexes.ts';
import type { OwnKind } from './own-kind.ts';
import { type AnyKindDefinition, createOwnKinds, kindsOf } from './own-kinds.ts';

export interface ClusterView {
  readonly externalSecrets: Store<ExternalSecretObject>;
  readonly secretStores: Store<StoreObject>;
  readonly clusterSecretStores: Store<StoreObject>;
  readonly namespaces: Store<KubeObject>;
  readonly managedSecrets: Store<ManagedSecret>;
  readonly workloads: Readonly<Record<WorkloadKind, Store<Workload>>>;
  /** The kinds that controllers reconcile, by the name of the kind, with the budgets of their objects. */
  readonly own: ReadonlyMap<string, OwnKind<OwnObject>>;
}

/** Kubernetes kinds that controllers read in addition to the kinds that they reconcile. Workload: Deployments, StatefulSets and DaemonSets. */
export type SupportingKind = 'Secret' | 'Namespace' | 'Workload';

export interface ClusterViewOptions {
  /** Bytes for the objects of all kinds that controllers reconcile. */
  readonly memory?: number;
  /** The kinds that controllers reconcile, those of the dialect among them. Default: those of the dialect. */
  readonly kinds?: readonly AnyKindDefinition[];
}

export function createClusterView(
  dialect: Pick<Dialect, 'kinds' | 'annotations'>,
  { memory = memoryForObjects(), kinds = kindsOf(dialect) }: ClusterViewOptions = {},
): ClusterView {
  const own = createOwnKinds(kinds, memory);
  const { externalSecret, secretStore, clusterSecretStore } = dialect.kinds;
  return {
    own,
    externalSecrets: storeOf<ExternalSecretObject>(own, externalSecret.kind),
    secretStores: storeOf<StoreObject>(own, secretStore.kind),
    clusterSecretStores: storeOf<StoreObject>(own, clusterSecretStore.kind),
    namespaces: new Store(),
    managedSecrets: new Store<ManagedSecret>({ indexes: { controller: controllerOf } }),
    workloads: { Deployment: new Store(), StatefulSet: new Store(), DaemonSet: new Store() },
  };
}

/** `T`: the reduced object of the kind. */
function storeOf<T extends OwnObject>(own: ClusterView['own'], kind: string): Store<T> {
  return ownKind(own, kind).store as unknown as Store<T>;
}

/** Throws a TypeError if the view does not have the kind, which is a defect. */
export function ownKind(own: ClusterView['own'], kind: string): OwnKind<OwnObject> {
  const found = own.get(kind);
  if (found === undefined) throw new TypeError(`the view has no kind ${kind}`);
  return found;
}
