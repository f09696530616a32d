// The lower bound: the same patches of the same Deployments by the operator's client, as many at the same time as the operator has workers, and nothing else.
import { consumerTypes } from '../../src/restart/consumer/consumer-types.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { KubeConnection } from '../../src/kube/rest/connection.ts';
import { loadKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { KubeTransport } from '../../src/kube/rest/transport.ts';
import { inParallel } from '../sync/in-parallel.ts';

/** `ownedRunner` of the workload controllers. */
export const WORKERS = 16;
/** As long as a restart marker. */
const MARKER = 'restart.keytender.dev/bare-loop';

/** Seconds until the last of them is patched. `run`: another text in each run. */
export async function measureBareLoop(kubeconfigPath: string, namespace: string, names: readonly string[], run: string): Promise<number> {
  const credentials = await loadKubeConfig(kubeconfigPath);
  if (!credentials.ok) throw new Error(credentials.failure.message);
  await using connection = new KubeConnection(credentials.value);
  const client = createKubeClient(new KubeTransport(connection, { version: 'bench', onAttempt: () => undefined }), 'bare-loop');
  const body = { spec: { template: { metadata: { annotations: { [MARKER]: `${run}.a1b2c3d4:${'x'.repeat(43)}` } } } } };
  const signal = new AbortController().signal;
  const started = performance.now();
  await inParallel(names, WORKERS, async (name) => {
    const patched = await client.mergePatch(consumerTypes.Deployment, { namespace, name }, body, signal);
    if (!patched.ok) throw new Error(`bare loop: ${patched.failure.message}`);
  });
  return (performance.now() - started) / 1_000;
}
