/** The permissions in the cluster to restart workloads. Pure data. */
import type { Right } from '../../api/object/rights.ts';
import type { ConsumerKind } from '../../restart/consumer/consumer.ts';
import { consumerTypes } from '../../restart/consumer/consumer-types.ts';

const ENABLED = '.Values.restart.enabled';

export function workloadRights(kind: ConsumerKind): readonly Right[] {
  const { group, plural } = consumerTypes[kind];
  const right: Right = {
    scope: 'namespaced',
    apiGroup: group,
    resources: [plural],
    verbs: ['get', 'list', 'watch', 'patch'],
    when: kind === 'Rollout' ? `and ${ENABLED} .Values.restart.argoRollouts` : ENABLED,
    why: `Restarts of ${kind}s: the operator finds those that use a Secret, and writes a marker. Get: before a restart, and after a conflict with another writer.`,
  };
  return kind === 'Deployment' ? [right, PODS, SOURCES, NAMESPACES] : [right];
}

const RELOADER = `and ${ENABLED} .Values.restart.reloaderAnnotations`;

const SOURCES: Right = {
  scope: 'namespaced',
  apiGroup: '',
  resources: ['configmaps'],
  verbs: ['get', 'list', 'watch'],
  when: RELOADER,
  why:
    'Annotations of Stakater Reloader name any Secret and ConfigMap. Their metadata is watched; one that a workload names is read when it changes, and only ' +
    'keyed digests of its values are kept. The rights to Secrets are above.',
};

const NAMESPACES: Right = {
  scope: 'cluster',
  apiGroup: '',
  resources: ['namespaces'],
  verbs: ['list', 'watch'],
  when: `${RELOADER} .Values.restart.reloader.namespaceSelector (not .Values.clusterStores.enabled)`,
  why: 'Annotations of Stakater Reloader count in the namespaces that the selector selects by label.',
};

const PODS: Right = {
  scope: 'namespaced',
  apiGroup: '',
  resources: ['pods'],
  verbs: ['get', 'list'],
  when: ENABLED,
  why: 'Restarts: the age of the pods shows whether they started before a change; after a failed rollout, the state of a pod shows why.',
};
