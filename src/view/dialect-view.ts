/** The part of the view that the controllers of one dialect work with. */
import type { Dialect } from '../api/dialect.ts';
import type { ExternalSecretObject } from '../api/schema/external-secret.ts';
import type { KubeObject } from '../api/object/object.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { ManagedSecret } from '../apply/managed-secret.ts';
import type { Store } from '../watch/store.ts';
import { type ClusterView, ownStore, supportingStore } from './cluster-view.ts';
import { managedSecretKind, namespaceKind } from './supporting-kinds.ts';

export interface DialectView {
  readonly externalSecrets: Store<ExternalSecretObject>;
  readonly secretStores: Store<StoreObject>;
  readonly clusterSecretStores: Store<StoreObject>;
  readonly namespaces: Store<KubeObject>;
  readonly managedSecrets: Store<ManagedSecret>;
}

/** The stores of kinds that this installation does not watch are empty. */
export function dialectView(view: ClusterView, dialect: Dialect): DialectView {
  const { externalSecret, secretStore, clusterSecretStore } = dialect.kinds;
  return {
    externalSecrets: ownStore(view, externalSecret),
    secretStores: ownStore(view, secretStore),
    clusterSecretStores: ownStore(view, clusterSecretStore),
    namespaces: supportingStore(view, namespaceKind),
    managedSecrets: supportingStore(view, managedSecretKind(dialect)),
  };
}
