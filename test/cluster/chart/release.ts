// The chart installed by helm, and the operator with the ServiceAccount and the arguments of its Deployment.
import type { ApiProxy } from '../../support/api-proxy/start.ts';
import { ApiClient } from '../../support/control-plane/api-client.ts';
import type { ClusterAccess } from '../../support/control-plane/cluster-access.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { CHART_FOLDER, helm, RELEASE, RELEASE_NAMESPACE, renderChart, rulesOf } from '../../support/chart.ts';
import type { ChartRule, ChartValues } from '../../support/chart.ts';
import { startOperator } from '../../support/operator/operator.ts';
import type { Operator } from '../../support/operator/operator.ts';
import { containerOf } from './chart-objects.ts';

/** The operator's name for authorization and audit. */
export const OPERATOR_USER = `system:serviceaccount:${RELEASE_NAMESPACE}:${RELEASE}`;

/** Where the pod would serve; the test has ports of its own. */
const ADDRESSES = /^--(metrics|health-probe)-bind-address=/;

/** Installs or upgrades; resolves when the API server grants what the chart says. */
export async function applyRelease(access: ClusterAccess, values: ChartValues): Promise<void> {
  // The definitions are there already. Its own home: helm keeps what it discovered of a cluster by host and port.
  const args = ['upgrade', '--install', RELEASE, CHART_FOLDER, '--namespace', RELEASE_NAMESPACE, '--create-namespace', '--values', '-'];
  const { code, stderr } = await helm(args, {
    input: JSON.stringify({ ...values, crds: { install: false } }),
    env: { ...process.env, HOME: access.coordinates.folder, KUBECONFIG: access.kubeconfigPath },
  });
  if (code !== 0) throw new Error(`helm upgrade: ${stderr}`);
  const objects = await renderChart(values);
  const rules = rulesOf(objects);
  await waitUntil('the permissions of the chart are in force', async () => {
    const answers = await Promise.all(rules.map((rule) => isAllowed(access, rule)));
    return answers.every(Boolean);
  });
  if (objects.some(({ kind }) => kind === 'ValidatingAdmissionPolicy')) await policiesInForce(access);
}

/** The API server learns of policies by a watch. These requests it must refuse, whatever the values are. */
async function policiesInForce(access: ClusterAccess): Promise<void> {
  const token = await access.serviceAccountToken({ namespace: RELEASE_NAMESPACE, name: RELEASE });
  using operator = new ApiClient({ url: access.url, caPem: access.caPem, token });
  const namespace = `/api/v1/namespaces/${RELEASE_NAMESPACE}`;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { generateName: 'trial-' } };
  const tokenRequest = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  await waitUntil('the policies of the chart are in force', async () => {
    const answers = await Promise.all([
      operator.send({ method: 'POST', path: `${namespace}/secrets?dryRun=All`, body: secret }),
      operator.send({ method: 'POST', path: `${namespace}/serviceaccounts/${RELEASE}/token`, body: tokenRequest }),
    ]);
    return answers.every(({ status }) => status === 403);
  });
}

/** Removes what operators leave in the namespace of the release: the lease and the key of the digests. */
export async function forgetFormerRuns({ api }: ClusterAccess): Promise<void> {
  for (const path of [
    `/apis/coordination.k8s.io/v1/namespaces/${RELEASE_NAMESPACE}/leases/keytender`,
    `/api/v1/namespaces/${RELEASE_NAMESPACE}/secrets/keytender-digest-key`,
  ]) {
    const { status } = await api.send({ method: 'DELETE', path });
    if (status !== 200 && status !== 404) throw new Error(`DELETE ${path}: HTTP ${status}`);
  }
}

/** Starts what the release's Deployment would, behind the proxy, and resolves when it is ready. */
export async function startReleased(access: ClusterAccess, proxy: ApiProxy, values: ChartValues, awsEndpoint: string): Promise<Operator> {
  const { args } = containerOf(await renderChart(values));
  const operator = await startOperator({
    kubeconfigPath: await access.kubeconfigFor({ serviceAccount: { namespace: RELEASE_NAMESPACE, name: RELEASE } }, proxy),
    awsEndpoint,
    flags: args.filter((arg) => arg !== 'controller' && !ADDRESSES.test(arg)),
    env: { POD_NAMESPACE: RELEASE_NAMESPACE },
  });
  try {
    await operator.whenReady();
    return operator;
  } catch (error) {
    await operator.kill();
    throw error;
  }
}

/** What the API server says about the operator's ServiceAccount. */
export async function isAllowed(access: ClusterAccess, { namespace, apiGroup, resource, verb, name }: ChartRule): Promise<boolean> {
  const [kind, subresource] = resource.split('/');
  const resourceAttributes = { namespace, group: apiGroup, resource: kind, subresource, verb, name };
  const { body } = await access.api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: OPERATOR_USER, groups: ['system:authenticated'], resourceAttributes },
    },
  });
  return (body as { readonly status: { readonly allowed: boolean } }).status.allowed;
}
