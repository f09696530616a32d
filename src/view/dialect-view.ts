/** The part of the view that the controllers of one dialect work with. */
import type { Dialect } from '../api/dialect.ts';
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { KubeObject } from '../api/object/object.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { WorkloadKind } from '../api/object/workload-kinds.ts';
import type { ManagedSecret } from '../apply/managed-secret.ts';
import type { Workload } from '../restart/port.ts';
import type { Store } from '../watch/store.ts';
import { type ClusterView, ownStore, supportingStore } from './cluster-view.ts';
import { managedSecretKind, namespaceKind, workloadKind } from './supporting-kinds.ts';

export interface DialectView {
  readonly externalSecrets: Store<ExternalSecretObject>;
  readonly secretStores: Store<StoreObject>;
  readonly clusterSecretStores: Store<StoreObject>;
  readonly namespaces: Store<KubeObject>;
  readonly managedSecrets: Store<ManagedSecret>;
  readonly workloads: Readonly<Record<WorkloadKind, Store<Workload>>>;
}

/** The stores of kinds that this installation does not watch are empty. */
export function dialectView(view: ClusterView, dialect: Dialect): DialectView {
  const { externalSecret, secretStore, clusterSecretStore } = dialect.kinds;
  const workloads = (kind: WorkloadKind): Store<Workload> => supportingStore(view, workloadKind(kind, dialect));
  return {
    externalSecrets: ownStore(view, externalSecret),
    secretStores: ownStore(view, secretStore),
    clusterSecretStores: ownStore(view, clusterSecretStore),
    namespaces: supportingStore(view, namespaceKind),
    managedSecrets: supportingStore(view, managedSecretKind(dialect)),
    workloads: { Deployment: workloads('Deployment'), StatefulSet: workloads('StatefulSet'), DaemonSet: workloads('DaemonSet') },
  };
}
