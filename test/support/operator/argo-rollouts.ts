// The CustomResourceDefinition of Argo Rollouts, as far as restarts need it, and a test in the place of its controller.
import { waitUntil } from '../control-plane/wait-until.ts';
import type { ApiClient } from '../control-plane/api-client.ts';
import type { Objects } from './objects.ts';

const anyObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { plural: 'rollouts', singular: 'rollout', kind: 'Rollout', listKind: 'RolloutList' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  replicas: { type: 'integer' },
                  paused: { type: 'boolean' },
                  restartAt: { type: 'string', format: 'date-time' },
                  selector: anyObject,
                  strategy: anyObject,
                  workloadRef: anyObject,
                  template: { type: 'object', properties: { metadata: anyObject, spec: anyObject } },
                },
              },
              status: anyObject,
            },
          },
        },
      },
    ],
  },
};

/** Resolves when the API server serves the kind. */
export async function createRolloutKind(api: ApiClient): Promise<void> {
  const { status, body } = await api.send({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: CRD });
  if (status !== 201) throw new Error(`CustomResourceDefinition: HTTP ${status} ${JSON.stringify(body)}`);
  await waitUntil('Rollouts are served', async () => (await api.send({ path: '/apis/argoproj.io/v1alpha1/rollouts' })).status === 200);
}

/** The specification of a Rollout of one pod. `more`: of the container. */
export function rolloutSpec(name: string, container: object): object {
  const labels = { app: name };
  return {
    replicas: 1,
    selector: { matchLabels: labels },
    strategy: { canary: {} },
    template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1', ...container }] } },
  };
}

/** Reports as the controller does when all pods have the present template (`hash` names it), and are available. */
export async function reportHealthy(api: ApiClient, objects: Objects, namespace: string, name: string, hash: string): Promise<void> {
  const rollout = await objects.get('rollouts', name);
  const { restartAt } = (rollout?.spec ?? {}) as { readonly restartAt?: string };
  const counts = Object.fromEntries(
    ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'HPAReplicas'].map((field) => [field, 1]),
  );
  const { status, body } = await api.send({
    method: 'PATCH',
    path: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/${name}/status`,
    contentType: 'application/merge-patch+json',
    body: {
      status: {
        observedGeneration: String(rollout?.metadata.generation),
        phase: 'Healthy',
        currentPodHash: hash,
        stableRS: hash,
        ...counts,
        ...(restartAt === undefined ? {} : { restartedAt: restartAt }),
      },
    },
  });
  if (status !== 200) throw new Error(`status of Rollout ${name}: HTTP ${status} ${JSON.stringify(body)}`);
}
