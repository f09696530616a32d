// The environment of a scenario: a control plane, an AWS, the operator's own user, and the objects of one repetition.
import { randomBytes } from 'node:crypto';
import type { ClusterAccess } from '../../test/support/control-plane/cluster-access.ts';
import { startStandardControlPlane } from '../../test/support/control-plane/shared.ts';
import { makeNamespace } from '../../test/support/control-plane/namespace.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../test/support/aws/emulator.ts';
import { staticAuth } from '../../test/support/operator/scene.ts';
import { startEmulatorProcess, type EmulatorProcess } from './emulator-process.ts';
import { inParallel } from './in-parallel.ts';
import { ADDED, type Detection, LATENCY_MS, secretName } from './scenarios.ts';

const SYSTEM = 'keytender';
const ACCOUNT = 'keytender-bench';
const NAIVE_ACCOUNT = 'naive-bench';
/** Longer than any run. */
const TWELVE_HOURS = { expirationSeconds: 43_200 };
const WRITERS = 16;

export interface World extends AsyncDisposable {
  readonly access: ClusterAccess;
  readonly aws: EmulatorProcess;
  readonly kubeconfigPath: string;
  /** The operator's name in the audit log. */
  readonly user: string;
  /** As whom the naive loop speaks. */
  readonly naive: { readonly user: string; readonly token: string };
}

export async function startWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const [access, aws] = await Promise.all([startStandardControlPlane(), startEmulatorProcess(LATENCY_MS)]);
  stack.use(access);
  stack.use(aws);
  await post(access, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
  for (const name of [ACCOUNT, NAIVE_ACCOUNT]) await makeAdmin(access, name);
  const kubeconfigPath = await access.kubeconfigFor({ serviceAccount: { namespace: SYSTEM, name: ACCOUNT }, ...TWELVE_HOURS });
  const owned = stack.move();
  return {
    access,
    aws,
    kubeconfigPath,
    user: userOf(ACCOUNT),
    naive: {
      user: userOf(NAIVE_ACCOUNT),
      token: await access.serviceAccountToken({ namespace: SYSTEM, name: NAIVE_ACCOUNT }, TWELVE_HOURS),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function userOf(account: string): string {
  return `system:serviceaccount:${SYSTEM}:${account}`;
}

async function makeAdmin(access: ClusterAccess, name: string): Promise<void> {
  await post(access, `/api/v1/namespaces/${SYSTEM}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  await post(access, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: SYSTEM, name }],
  });
}

/** `--namespaces` and the namespace of the digest key. */
export function placeFlags(namespace: string): readonly string[] {
  // The default, which tests shorten.
  return [`--namespaces=${namespace}`, `--namespace=${SYSTEM}`, '--cluster-stores=false', '--min-refresh-interval=5s'];
}

/** From the first index to before the second. */
export async function createSecrets({ aws }: World, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++) await aws.control('create', { name: secretName(index), value: newValue(index) });
}

function newValue(index: number): string {
  return JSON.stringify({ username: `service-${index}`, password: randomBytes(24).toString('hex'), host: 'db', port: 5432 });
}

/** Gives a secret another value; performance.now of the moment before. */
export async function changeSecret({ aws }: World, index: number): Promise<number> {
  const at = performance.now();
  await aws.control('put', { secretId: secretName(index), value: newValue(index) });
  return at;
}

/** What is read by its interval is read by this age where lists or events tell of changes. */
const MAX_AGE = '6h';

async function detectionOf(aws: EmulatorProcess, detection: Detection): Promise<object> {
  if (detection === 'reads') return {};
  if (detection === 'lists') return { changeDetection: { type: 'List', maxAge: MAX_AGE } };
  // A new one each time: what others changed is none of this store's business.
  const { url } = (await aws.control('create-queue', { name: 'changes', events: true })) as { readonly url: string };
  return { events: { sqs: { queueUrl: url }, maxAge: MAX_AGE } };
}

/** A namespace with a store that assumes a role with an access key. */
export async function makePlace({ access, aws }: World, detection: Detection): Promise<string> {
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
    spec: { provider, ...(await detectionOf(aws, detection)) },
  });
  return namespace;
}

/** Secrets that only resources read that are added under a running operator. */
export function secretOfAdded(index: number): string {
  return `bench/added/service-${index}`;
}

export async function createAddedSecrets(world: World): Promise<void> {
  for (let index = 0; index < ADDED; index++) await world.aws.control('create', { name: secretOfAdded(index), value: '{"key":"value"}' });
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
