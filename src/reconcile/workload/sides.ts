/** The objects of the cluster that restarts are about. */
import type { Dialect } from '../../api/dialect.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import { type ClusterView, ownStore, supportingStore } from '../../view/cluster-view.ts';
import { managedSecretKind } from '../../view/supporting-kinds.ts';
import type { RestartSide } from './context.ts';

export function sidesOf(dialects: readonly Dialect[], view: ClusterView): readonly RestartSide[] {
  return dialects.map((dialect) => ({
    dialect,
    externalSecrets: ownStore<ExternalSecretObject>(view, dialect.kinds.externalSecret),
    managedSecrets: supportingStore(view, managedSecretKind(dialect)),
  }));
}
