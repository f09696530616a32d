/** The connection to the API server, with its metrics. */
import { installation } from '../api/installation.ts';
import { systemClock } from '../base/time/clock.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import type { Config } from '../config.ts';
import { ApiServerHealth } from '../kube/api-server-health.ts';
import { createKubeClient, type KubeClient } from '../kube/client.ts';
import { loadKubeConfig, operatorNamespace } from '../kube/rest/kubeconfig.ts';
import { KubeConnection } from '../kube/rest/connection.ts';
import { createListWatcher } from '../kube/list-watch/list-watch.ts';
import type { ListWatcher } from '../kube/port.ts';
import { KubeTransport } from '../kube/rest/transport.ts';
import type { KubeMetrics } from '../telemetry/metrics/kube-metrics.ts';
import { version } from '../version.ts';

export interface Connected extends AsyncDisposable {
  readonly client: KubeClient;
  readonly watcher: ListWatcher;
  /** The namespace of the operator. */
  readonly namespace: string;
  readonly health: ApiServerHealth;
}

/** The installation has a fault that a person must repair. The message is one line. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/** Throws a StartupError if there is no valid configuration. Makes no request. Large responses are parsed in slices of the event loop. */
export async function connect(config: Config, metrics: KubeMetrics, slices: TimeSlices): Promise<Connected> {
  const credentials = await loadKubeConfig();
  if (!credentials.ok) throw new StartupError(credentials.failure.message, { cause: credentials.failure.cause });
  const namespace = config.namespace ?? (await operatorNamespace(credentials.value, process.env));
  if (namespace === undefined) throw new StartupError("the operator's own namespace is not known: set --namespace");
  const connection = new KubeConnection(credentials.value);
  const health = new ApiServerHealth(systemClock);
  const onAttempt: typeof metrics.requested = (request, status) => {
    health.attempted(status);
    metrics.requested(request, status);
  };
  const transport = new KubeTransport(connection, { version, onAttempt, slices });
  return {
    client: createKubeClient(transport, installation.fieldManager),
    watcher: createListWatcher({ transport, clock: systemClock }),
    namespace,
    health,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
