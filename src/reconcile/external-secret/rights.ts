/** The permissions in the cluster to reconcile ExternalSecrets. Pure data. */
import type { Dialect } from '../../api/dialect.ts';
import type { Right } from '../../api/object/rights.ts';
import { workloadPlurals } from '../../api/object/workload-kinds.ts';

export function externalSecretRights({ group, kinds }: Pick<Dialect, 'group' | 'kinds'>): readonly Right[] {
  const owner: Right = {
    scope: 'namespaced',
    apiGroup: group,
    resources: [`${kinds.externalSecret.plural}/finalizers`],
    verbs: ['update'],
    why: 'Owner references on Secrets have blockOwnerDeletion; the admission plugin OwnerReferencesPermissionEnforcement requires this permission for them.',
  };
  return [owner, SECRETS, ...RESTARTS, NAMESPACES];
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

const RESTARTS: readonly Right[] = [
  {
    scope: 'namespaced',
    apiGroup: 'apps',
    resources: workloadPlurals,
    verbs: ['get', 'list', 'watch', 'patch'],
    when: '.Values.restart.enabled',
    why: 'Restarts: the operator writes a marker into the pod template of the target. Get: after a conflict with another writer.',
  },
  {
    scope: 'namespaced',
    apiGroup: '',
    resources: ['pods'],
    verbs: ['list'],
    when: '.Values.restart.enabled',
    why: 'Restart of a target without a marker: the age of its pods shows whether they started before the Secret changed.',
  },
];

const NAMESPACES: Right = {
  scope: 'cluster',
  apiGroup: '',
  resources: ['namespaces'],
  verbs: ['list', 'watch'],
  when: '.Values.clusterStores.enabled',
  why: 'Conditions of ClusterSecretStores select namespaces by label.',
};
