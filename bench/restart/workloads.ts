// The objects of the measurement: sets of Deployments that use one Secret each, and others that use none.
import { waitUntil } from '../../test/support/control-plane/wait-until.ts';
import { inParallel } from '../sync/in-parallel.ts';
import { externalSecretsPath, type World } from '../sync/world.ts';

const WRITERS = 16;

/** One Secret and the Deployments that use it. */
export interface ConsumerSet {
  readonly secret: string;
  readonly consumers: readonly string[];
}

export function consumerSet(count: number): ConsumerSet {
  return { secret: `used-by-${count}`, consumers: Array.from({ length: count }, (_, index) => `of-${count}-${index}`) };
}

/** Nothing waits: no settling, no limits, no gates. */
const RESTART = { mode: 'Discover', settle: '0s', maxConcurrent: 0, onFailure: 'Continue', maxFailures: 1_000 };

/** `remote`: the secret in AWS. */
export async function createExternalSecret({ access }: World, namespace: string, { secret }: ConsumerSet, remote: string): Promise<void> {
  await post({ access }, externalSecretsPath(namespace), {
    apiVersion: 'keytender.dev/v1',
    kind: 'ExternalSecret',
    metadata: { name: secret },
    spec: { secretStoreRef: { name: 'aws' }, dataFrom: [{ extract: { key: remote } }], restart: RESTART },
  });
}

/** One pod each, which no node runs. */
export async function createConsumers(world: World, namespace: string, { secret, consumers }: ConsumerSet): Promise<void> {
  await inParallel(consumers, WRITERS, (name) =>
    createDeployment(world, namespace, name, 1, { envFrom: [{ secretRef: { name: secret } }] }),
  );
}

/** They have no pods, and use a ConfigMap that nobody follows. */
export async function createBystanders(world: World, namespace: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `bystander-${index}`);
  await inParallel(names, WRITERS, (name) =>
    createDeployment(world, namespace, name, 0, { envFrom: [{ configMapRef: { name: 'settings' } }] }),
  );
}

interface Created {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: { readonly observedGeneration?: number; readonly replicas?: number };
}

/** Resolves when each has its pod. Then they are paused: the controllers of Kubernetes would use the processors for long after each patch. */
export async function pauseConsumers({ access }: World, namespace: string, set: ConsumerSet): Promise<void> {
  await untilObserved({ access }, namespace, set);
  await inParallel(set.consumers, WRITERS, async (name) => {
    const path = `${deploymentsPath(namespace)}/${name}`;
    const { status } = await access.api.send({
      method: 'PATCH',
      path,
      body: { spec: { paused: true } },
      contentType: 'application/merge-patch+json',
    });
    if (status !== 200) throw new Error(`PATCH ${path}: HTTP ${status}`);
  });
}

/** Resolves when the controllers of Kubernetes have seen the last patch of each. */
export async function untilObserved({ access }: Pick<World, 'access'>, namespace: string, { consumers }: ConsumerSet): Promise<void> {
  const names = new Set(consumers);
  const look = async (): Promise<boolean> => {
    const { body } = await access.api.send({ path: deploymentsPath(namespace) });
    const own = (body as { readonly items: readonly Created[] }).items.filter(({ metadata }) => names.has(metadata.name));
    return own.every(({ metadata, status }) => status?.observedGeneration === metadata.generation && status.replicas === 1);
  };
  await waitUntil('all patches are observed', look, { timeoutMs: 600_000, pollMs: 1_000 });
}

async function createDeployment(world: World, namespace: string, name: string, replicas: number, uses: object): Promise<void> {
  const labels = { app: name };
  await post(world, deploymentsPath(namespace), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'registry.example/app:1', ...uses }] } },
    },
  });
}

function deploymentsPath(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments`;
}

async function post({ access }: Pick<World, 'access'>, path: string, body: object): Promise<void> {
  const { status, body: answer } = await access.api.send({ method: 'POST', path, body });
  if (status !== 201) throw new Error(`POST ${path}: HTTP ${status} ${JSON.stringify(answer)}`);
}
