// Where a scenario is measured: a control plane, an AWS, the operator's own user, and the objects of one repetition.
import { randomBytes } from 'node:crypto';
import type { ClusterAccess } from '../../test/support/control-plane/cluster-access.ts';
import { startStandardControlPlane } from '../../test/support/control-plane/shared.ts';
import { makeNamespace } from '../../test/support/control-plane/namespace.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../test/support/aws/emulator.ts';
import { staticAuth } from '../../test/support/operator/scene.ts';
import { startEmulatorProcess, type EmulatorProcess } from './emulator-process.ts';
import { inParallel } from './in-parallel.ts';
import { LATENCY_MS, secretName } from './scenarios.ts';

const SYSTEM = 'keytender';
const ACCOUNT = 'keytender-bench';
const WRITERS = 16;

export interface World extends AsyncDisposable {
  readonly access: ClusterAccess;
  readonly aws: EmulatorProcess;
  readonly kubeconfigPath: string;
  /** The operator's name in the audit log. */
  readonly user: string;
}

export async function startWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const [access, aws] = await Promise.all([startStandardControlPlane(), startEmulatorProcess(LATENCY_MS)]);
  stack.use(access);
  stack.use(aws);
  await post(access, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
  await post(access, `/api/v1/namespaces/${SYSTEM}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: ACCOUNT },
  });
  await post(access, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: ACCOUNT },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: SYSTEM, name: ACCOUNT }],
  });
  const kubeconfigPath = await access.kubeconfigFor({ serviceAccount: { namespace: SYSTEM, name: ACCOUNT } });
  const owned = stack.move();
  return {
    access,
    aws,
    kubeconfigPath,
    user: `system:serviceaccount:${SYSTEM}:${ACCOUNT}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** `--namespaces` and the namespace of the digest key. */
export function placeFlags(namespace: string): readonly string[] {
  return [`--namespaces=${namespace}`, `--namespace=${SYSTEM}`, '--cluster-stores=false'];
}

export async function createSecrets({ aws }: World, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const value = JSON.stringify({ username: `service-${index}`, password: randomBytes(24).toString('hex'), host: 'db', port: 5432 });
    await aws.control('create', { name: secretName(index), value });
  }
}

/** A namespace with a store that assumes a role with an access key. */
export async function makePlace({ access, aws }: World): Promise<string> {
  const { name: namespace } = await makeNamespace(access, 'bench');
  const key = (await aws.control('add-access-key', { account: DEFAULT_ACCOUNT, user: 'bench' })) as Record<string, string>;
  const trust = { principals: [`arn:aws:iam::${DEFAULT_ACCOUNT}:root`] };
  const role = (await aws.control('add-role', { account: DEFAULT_ACCOUNT, name: 'bench-reader', trust })) as { readonly arn: string };
  await post(access, `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'aws-credentials' },
    stringData: { id: key['accessKeyId'], secret: key['secretAccessKey'] },
  });
  const provider = { aws: { service: 'SecretsManager', region: DEFAULT_REGION, role: role.arn, auth: staticAuth('aws-credentials') } };
  await post(access, `/apis/keytender.dev/v1/namespaces/${namespace}/secretstores`, {
    apiVersion: 'keytender.dev/v1',
    kind: 'SecretStore',
    metadata: { name: 'aws' },
    spec: { provider },
  });
  return namespace;
}

export interface Wanted {
  readonly name: string;
  readonly secret: string;
}

export function wanted(count: number, secrets: number, prefix = 'service'): readonly Wanted[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${prefix}-${index}`, secret: secretName(index % secrets) }));
}

export function externalSecretsPath(namespace: string): string {
  return `/apis/keytender.dev/v1/namespaces/${namespace}/externalsecrets`;
}

/** Without a refreshInterval: the operator's flag decides. */
export async function createExternalSecrets({ access }: World, namespace: string, list: readonly Wanted[]): Promise<void> {
  await inParallel(list, WRITERS, async ({ name, secret }) => {
    await post(access, externalSecretsPath(namespace), {
      apiVersion: 'keytender.dev/v1',
      kind: 'ExternalSecret',
      metadata: { name },
      spec: { secretStoreRef: { name: 'aws' }, dataFrom: [{ extract: { key: secret } }] },
    });
  });
}

async function post(access: ClusterAccess, path: string, body: object): Promise<void> {
  const { status, body: answer } = await access.api.send({ method: 'POST', path, body });
  if (status !== 201) throw new Error(`POST ${path}: HTTP ${status} ${JSON.stringify(answer)}`);
}
