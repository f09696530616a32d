/** The list of controllers, their queues and their workers. */
import type { Dialect } from '../api/dialect.ts';
import type { Clock } from '../base/clock.ts';
import { nameOf } from '../base/key.ts';
import type { TimeSlices } from '../base/time-slices.ts';
import type { Config } from '../config.ts';
import { runWorkers } from '../queue/worker.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import { externalSecretController } from '../reconcile/external-secret/controller.ts';
import { clusterSecretStoreController, secretStoreController } from '../reconcile/secret-store/controller.ts';
import type { Controller, StartedController } from '../reconcile/shared/controller.ts';
import { Queues } from '../reconcile/shared/queues.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { QueueMetricsFactory } from '../telemetry/queue-metrics.ts';
import type { ReconcileMetricsFactory } from '../telemetry/reconcile-metrics.ts';
import type { Shard } from './shard.ts';

/** All controllers of a dialect. When the process starts leading, their objects are queued in this order. */
export function controllersOf(dialect: Dialect): readonly Controller[] {
  return [secretStoreController(dialect), clusterSecretStoreController(dialect), externalSecretController(dialect)];
}

export interface QueuesOptions extends Pick<Shard, 'owns'> {
  readonly clock: Clock;
  readonly metrics: QueueMetricsFactory;
}

export function createQueues(controllers: readonly Controller[], { clock, metrics, owns }: QueuesOptions): Queues {
  const queues = controllers.map(({ name, sharesWorkers }) => {
    return [name, new WorkQueue({ name, clock, metrics, sharesWorkers, owns })] as const;
  });
  return new Queues(new Map(queues));
}

export interface Started {
  readonly controller: Controller;
  readonly started: StartedController;
}

export interface ControllersOptions {
  readonly queues: Queues;
  readonly config: Config;
  readonly clock: Clock;
  readonly metrics: ReconcileMetricsFactory;
  readonly logger: Logger;
  /**
   * The event loop. A reconcile without changes needs no I/O, so without slices the workers would handle thousands of keys in one turn of
   * the loop.
   */
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly signal: AbortSignal;
}

/** Resolves when all work has ended after `signal` fired. */
export async function runControllers(controllers: readonly Started[], options: ControllersOptions): Promise<void> {
  try {
    await Promise.all(controllers.map((one) => runController(one, options)));
  } finally {
    // Workers do not drain the queues now. The shutdown stops their timers, which would keep the process alive.
    for (const queue of options.queues.all()) void queue.shutDown();
  }
}

async function runController(
  { controller: { name, workers }, started }: Started,
  { queues, config, clock, metrics, logger, slices, signal }: ControllersOptions,
): Promise<void> {
  const concurrency = workers(config);
  await runWorkers({
    queue: queues.of(name),
    clock,
    concurrency,
    reconcile: async (key, cut) => {
      await slices.worker(nameOf(key).namespace, cut).checkpoint();
      return await started.reconcile(key, cut);
    },
    ...(started.isWaiting !== undefined && { isWaiting: started.isWaiting }),
    onError: (error, key) => {
      logger.error({ err: error, controller: name, key }, 'reconcile threw; this is a defect');
    },
    signal,
    metrics: metrics.forController(name, concurrency),
  });
}
