/** The controllers: a queue each, the workers on it, and what they reconcile. */
import { placesFor } from '../base/share-of-free.ts';
import type { Key } from '../base/key.ts';
import type { Clock } from '../base/clock.ts';
import type { ApiServerLimit } from '../queue/api-server-limit.ts';

import { runWorkers } from '../queue/worker.ts';
import type { Queues, Reconcile } from '../reconcile/shared/queues.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { QueueMetricsFactory } from '../telemetry/queue-metrics.ts';
import type { ReconcileMetricsFactory } from '../telemetry/reconcile-metrics.ts';

/** Few stores, and each check may take an STS call. */
const STORE_WORKERS = 4;

export function createQueues(clock: Clock, metrics: QueueMetricsFactory): Queues {
  return {
    externalSecrets: new WorkQueue({ name: 'externalsecret', clock, metrics, sharesWorkers: true }),
    secretStores: new WorkQueue({ name: 'secretstore', clock, metrics }),
    clusterSecretStores: new WorkQueue({ name: 'clustersecretstore', clock, metrics }),
  };
}

export interface ControllersOptions {
  readonly queues: Queues;
  readonly reconcile: Readonly<Record<keyof Queues, Reconcile>>;
  /** Which ExternalSecrets merely wait for others to be worked on. */
  readonly apiServerLimit: Pick<ApiServerLimit, 'isWaiting'>;
  /** ExternalSecrets of one namespace that are worked on at the same time; a quarter more are when several namespaces have work. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly metrics: ReconcileMetricsFactory;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Resolves when all work has ended after `signal` fired. */
export async function runControllers({
  queues,
  reconcile,
  apiServerLimit,
  concurrency,
  clock,
  metrics,
  logger,
  signal,
}: ControllersOptions): Promise<void> {
  const run = async (name: keyof Queues, controller: string, workers: number): Promise<void> =>
    runWorkers({
      queue: queues[name],
      clock,
      concurrency: workers,
      reconcile: reconcile[name],
      ...(name === 'externalSecrets' && { isWaiting: (key: Key) => apiServerLimit.isWaiting(key) }),
      onError: (error, key) => {
        logger.error({ err: error, controller, key }, 'reconcile threw; this is a defect');
      },
      signal,
      metrics: metrics.forController(controller, workers),
    });
  try {
    await Promise.all([
      run('externalSecrets', 'externalsecret', placesFor(concurrency)),
      run('secretStores', 'secretstore', STORE_WORKERS),
      run('clusterSecretStores', 'clustersecretstore', STORE_WORKERS),
    ]);
  } finally {
    // Without workers nothing is ever drained; what counts is that no timer of theirs keeps the process.
    for (const queue of [queues.externalSecrets, queues.secretStores, queues.clusterSecretStores]) void queue.shutDown();
  }
}
