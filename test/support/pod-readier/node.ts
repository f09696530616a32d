// A Node object without a machine: DaemonSets make their pods only for nodes.
import type { ClusterAccess } from '../control-plane/cluster-access.ts';

/** Makes a Node, which all tests of a shared control plane see; disposing deletes it. */
export async function makeNode(access: ClusterAccess, name: string): Promise<AsyncDisposable> {
  const { status } = await access.api.send({
    method: 'POST',
    path: '/api/v1/nodes',
    body: { apiVersion: 'v1', kind: 'Node', metadata: { name } },
  });
  if (status !== 201) throw new Error(`node ${name}: HTTP ${status}`);
  return {
    [Symbol.asyncDispose]: async () => {
      await access.api.send({ method: 'DELETE', path: `/api/v1/nodes/${name}` });
    },
  };
}
