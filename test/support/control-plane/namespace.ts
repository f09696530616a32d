// A namespace for one test, so that tests on a shared control plane do not see each other.
import { randomBytes } from 'node:crypto';
import type { ClusterAccess } from './cluster-access.ts';
import { waitUntil } from './wait-until.ts';

export interface TestNamespace extends AsyncDisposable {
  readonly name: string;
}

/** Makes a namespace called `<prefix>-<random>`, with its default ServiceAccount. Disposing asks for its deletion (about 5 s) and does not wait. */
export async function makeNamespace(access: ClusterAccess, prefix: string): Promise<TestNamespace> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  const { status } = await access.api.send({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  });
  if (status !== 201) throw new Error(`namespace ${name}: HTTP ${status}`);
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  // Pods are refused until it is there.
  await waitUntil(account, async () => (await access.api.send({ path: account })).status === 200);
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await access.api.send({ method: 'DELETE', path: `/api/v1/namespaces/${name}` });
    },
  };
}
