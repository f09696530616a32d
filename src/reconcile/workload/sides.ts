/** The objects of the cluster that restarts are about. */
import type { Dialect } from '../../api/dialect.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import { type ClusterView, ownStore, supportingStore } from '../../view/cluster-view.ts';
import { managedSecretKind } from '../../view/supporting-kinds.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';
import type { ObjectStore } from '../../watch/port.ts';

/** The objects of one API group that restarts are for. */
export interface RestartSide {
  readonly dialect: Dialect;
  readonly externalSecrets: ObjectStore<ExternalSecretObject>;
  readonly managedSecrets: ObjectStore<ManagedSecret>;
}

export function sidesOf(dialects: readonly Dialect[], view: ClusterView): readonly RestartSide[] {
  return dialects.map((dialect) => ({
    dialect,
    externalSecrets: ownStore<ExternalSecretObject>(view, dialect.kinds.externalSecret),
    managedSecrets: supportingStore(view, managedSecretKind(dialect)),
  }));
}
