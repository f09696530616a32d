// The attacker of a hostile input, with all of its namespaces, and the tenant that must not be harmed; and what the operator needs to serve both.
import { makeNamespace, type TestNamespace } from '../control-plane/namespace.ts';
import { Objects } from '../operator/objects.ts';
import { openScene, staticAuth, type Scene } from '../operator/scene.ts';

/** The queue of the installation, where the other tenant's secret is rotated by events. */
const EVENTS_QUEUE = 'changes';

export interface TenantsOptions {
  /** The other tenant reads AWS with the same access key as the attacker. Default false. */
  readonly sharedIdentity?: boolean;
  /** Whether there is a ClusterSecretStore with the name of the attacker's namespace, by which the rotated secret is read. Default false. */
  readonly sharedStore?: boolean;
  /**
   * Whether a secret of the other tenant is rotated while the input is planted, and has to arrive: by its refreshes, or by the events of the installation's
   * queue. Default false.
   */
  readonly rotates?: boolean | 'by events';
  /** Further namespaces of the attacker, each with the store "aws" and the attacker's access key. Default 0. */
  readonly namespaces?: number;
  /** Whether the operator serves ClusterSecretStores, so that it reads namespaces. Default false. */
  readonly clusterStores?: boolean;
}

export interface Tenants extends AsyncDisposable {
  readonly attacker: Scene;
  /** Of the further namespaces of the attacker. */
  readonly further: readonly Objects[];
  /** Of the other tenant. */
  readonly objects: Objects;
  /** Of the other tenant. */
  readonly namespace: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The store that all share. */
  readonly storeRef?: object;
}

export async function startTenants(options: TenantsOptions): Promise<Tenants> {
  await using opened = new AsyncDisposableStack();
  const attacker = opened.use(
    await openScene('hostile', { start: false, clusterStores: options.clusterStores === true || options.sharedStore === true }),
  );
  const { controlPlane } = attacker;
  const tenant = opened.use(await makeNamespace(controlPlane, 'tenant'));
  const more: TestNamespace[] = [];
  for (let index = 0; index < (options.namespaces ?? 0); index += 1)
    more.push(opened.use(await makeNamespace(controlPlane, 'hostile-more')));
  const [objects, ...further] = [tenant, ...more].map(({ name }) => new Objects(controlPlane.api, name)) as [Objects, ...Objects[]];
  await attacker.createStore();
  const attackersKey = await attacker.objects.values('aws-credentials');
  const own = attacker.aws.addAccessKey({ account: attacker.aws.defaultAccount });
  const tenantsKey = options.sharedIdentity === true ? attackersKey : { id: own.accessKeyId, secret: own.secretAccessKey };
  await createStore(attacker, objects, tenantsKey);
  for (const each of further) await createStore(attacker, each, attackersKey);
  const shared = options.sharedStore === true ? opened.use(await createSharedStore(attacker)) : undefined;
  const flags = [...[tenant, ...more].map(({ name }) => `--namespaces=${name}`), '--leader-elect=true', '--log-level=info'];
  const queue = options.rotates === 'by events' ? installationQueue(attacker) : { flags: [], env: {} };
  const kept = opened.move();
  return {
    attacker,
    further,
    objects,
    namespace: tenant.name,
    flags: [...flags, ...queue.flags],
    env: queue.env,
    ...(shared !== undefined && { storeRef: shared.ref }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Changes of the attacker's and the tenant's secrets and parameters go into it. The operator reads it with an access key of its own. */
function installationQueue({ aws }: Scene): Pick<Tenants, 'flags' | 'env'> {
  const { url } = aws.createQueue(EVENTS_QUEUE, { events: true });
  const key = aws.addAccessKey({ account: aws.defaultAccount });
  return {
    flags: [`--events-queue-url=${url}`],
    env: { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey },
  };
}

async function createStore({ aws }: Scene, objects: Objects, stringData: object | undefined): Promise<void> {
  await objects.create('secrets', { metadata: { name: 'aws-credentials' }, stringData });
  const provider = { aws: { service: 'SecretsManager', region: aws.defaultRegion, auth: staticAuth('aws-credentials') } };
  await objects.create('secretstores', { metadata: { name: 'aws' }, spec: { provider } });
}

async function createSharedStore({ controlPlane: { api }, namespace, aws }: Scene): Promise<AsyncDisposable & { readonly ref: object }> {
  const path = '/apis/keytender.dev/v1/clustersecretstores';
  const of = (key: string): object => ({ namespace, name: 'aws-credentials', key });
  const auth = { secretRef: { accessKeyIDSecretRef: of('id'), secretAccessKeySecretRef: of('secret') } };
  const spec = { provider: { aws: { service: 'SecretsManager', region: aws.defaultRegion, auth } } };
  const body = { apiVersion: 'keytender.dev/v1', kind: 'ClusterSecretStore', metadata: { name: namespace }, spec };
  const { status, body: answer } = await api.send({ method: 'POST', path, body });
  if (status !== 201) throw new Error(`HTTP ${status} ${JSON.stringify(answer)}`);
  return {
    ref: { kind: 'ClusterSecretStore', name: namespace },
    [Symbol.asyncDispose]: async () => void (await api.send({ method: 'DELETE', path: `${path}/${namespace}` })),
  };
}
