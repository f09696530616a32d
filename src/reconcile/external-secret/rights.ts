/** The permissions in the cluster to reconcile ExternalSecrets. Pure data. */
import type { Dialect } from '../../api/dialect.ts';
import type { Right } from '../../api/object/rights.ts';

export function externalSecretRights({ group, kinds }: Pick<Dialect, 'group' | 'kinds'>): readonly Right[] {
  const owner: Right = {
    scope: 'namespaced',
    apiGroup: group,
    resources: [`${kinds.externalSecret.plural}/finalizers`],
    verbs: ['update'],
    why: 'Owner references on Secrets have blockOwnerDeletion; the admission plugin OwnerReferencesPermissionEnforcement requires this permission for them.',
  };
  return [owner, SECRETS, NAMESPACES];
}

const SECRETS: Right = {
  scope: 'namespaced',
  apiGroup: '',
  resources: ['secrets'],
  verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  why:
    'The Secrets that the operator writes, and those that stores name as credentials. Delete: to recreate a Secret that is immutable or changes its type, and ' +
    "to remove the operator's own Secret after target.name has changed.",
};

const NAMESPACES: Right = {
  scope: 'cluster',
  apiGroup: '',
  resources: ['namespaces'],
  verbs: ['list', 'watch'],
  when: '.Values.clusterStores.enabled',
  why: 'Conditions of ClusterSecretStores select namespaces by label.',
};
