// The lower bound: a loop that only writes the same Secrets and the same statuses over kept connections. An operator that writes both can
// hardly be faster on this machine at this moment, so times are also given as multiples of it.
import { inParallel } from './in-parallel.ts';
import { externalSecretsPath, type Wanted, type World } from './world.ts';

const WRITERS = 16;
const MANAGED = 'labelSelector=keytender.dev/managed%3Dtrue';

interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: object; readonly annotations?: object; readonly ownerReferences?: object };
  readonly type?: string;
  readonly data?: object;
  readonly status?: object;
}

/** Seconds for writing anew what the operator, which has ended, has written. */
export async function measureFloor(world: World, namespace: string, list: readonly Wanted[]): Promise<number> {
  const { api } = world.access;
  const secretsPath = `/api/v1/namespaces/${namespace}/secrets`;
  const secrets = await byName(world, `${secretsPath}?${MANAGED}`);
  const statuses = await byName(world, externalSecretsPath(namespace));
  await removeManagedSecrets(world, namespace);
  // Another time than before, because a patch that changes nothing is not stored.
  const refreshTime = new Date().toISOString();
  const started = performance.now();
  await inParallel(list, WRITERS, async ({ name }) => {
    const { metadata, type, data } = found(secrets, name);
    const { labels, annotations, ownerReferences } = metadata;
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels, annotations, ownerReferences }, type, data };
    const created = await api.send({ method: 'POST', path: secretsPath, body });
    const patched = await api.send({
      method: 'PATCH',
      path: `${externalSecretsPath(namespace)}/${name}/status`,
      body: { status: { ...found(statuses, name).status, refreshTime } },
      contentType: 'application/merge-patch+json',
    });
    if (created.status !== 201 || patched.status !== 200) throw new Error(`floor: HTTP ${created.status}, ${patched.status}`);
  });
  return (performance.now() - started) / 1_000;
}

export async function removeManagedSecrets({ access }: World, namespace: string): Promise<void> {
  const { status } = await access.api.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}/secrets?${MANAGED}` });
  if (status !== 200) throw new Error(`the Secrets could not be removed: HTTP ${status}`);
}

async function byName({ access }: World, path: string): Promise<ReadonlyMap<string, Listed>> {
  const { body } = await access.api.send({ path });
  return new Map((body as { readonly items: readonly Listed[] }).items.map((item) => [item.metadata.name, item]));
}

function found(objects: ReadonlyMap<string, Listed>, name: string): Listed {
  const object = objects.get(name);
  if (object === undefined) throw new Error(`there is no ${name}`);
  return object;
}
