/** The list of controllers, their queues and their workers. */
import type { Dialect } from '../api/dialect.ts';
import type { Clock } from '../base/time/clock.ts';
import { nameOf } from '../base/key.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import type { Config } from '../config.ts';
import { reloaderOf } from '../config/reloader-settings.ts';
import type { ReloaderOptions } from '../restart/reloader/options.ts';
import { runWorkers } from '../queue/worker.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import { externalSecretController } from '../reconcile/external-secret/controller.ts';
import { clusterSecretStoreController, secretStoreController } from '../reconcile/secret-store/controller.ts';
import { workloadControllers } from '../reconcile/workload/controller.ts';
import type { ChangeEvents, WatchedReconcile } from '../change-events/change-events.ts';
import { type Controller, controllerId, type StartedController } from '../reconcile/shared/controller.ts';
import type { Reconcile } from '../queue/port.ts';
import { Queues } from '../reconcile/shared/queues.ts';
import type { Logger } from '../telemetry/log/logger.ts';
import type { QueueMetricsFactory } from '../telemetry/metrics/queue-metrics.ts';
import type { ReconcileMetricsFactory } from '../telemetry/metrics/reconcile-metrics.ts';
import type { Shard } from './shard.ts';
import { uniqueEntries } from './unique-entries.ts';

/**
 * All controllers for these API groups. When the process starts leading, their objects are queued in this order. Workloads are restarted for all groups together;
 * their annotations are those of the first one.
 */
export function controllersOf(...dialects: readonly [Dialect, ...Dialect[]]): readonly Controller[] {
  return controllersWith(undefined, dialects);
}

/** Those that this installation runs. */
export function enabledControllers(config: Config, ...dialects: readonly [Dialect, ...Dialect[]]): readonly Controller[] {
  return controllersWith(reloaderOf(config), dialects).filter(({ isEnabled }) => isEnabled(config));
}

function controllersWith(reloader: ReloaderOptions | undefined, dialects: readonly [Dialect, ...Dialect[]]): readonly Controller[] {
  const own = dialects.flatMap((dialect) => [
    secretStoreController(dialect),
    clusterSecretStoreController(dialect),
    externalSecretController(dialect),
  ]);
  return [...own, ...workloadControllers(dialects, reloader)];
}

export interface QueuesOptions extends Pick<Shard, 'owns'> {
  readonly clock: Clock;
  readonly metrics: QueueMetricsFactory;
}

/** Throws a TypeError if two controllers have one kind or one name: they would take keys from one queue, or count in one metric. */
export function createQueues(controllers: readonly Controller[], { clock, metrics, owns }: QueuesOptions): Queues {
  const queues = uniqueEntries(
    'controllers',
    controllers.map((one) => [controllerId(one), one] as const),
  );
  uniqueEntries(
    'names of controllers',
    controllers.map(({ name }) => [name, name] as const),
  );
  const queueFor = ({ name, sharesWorkers }: Controller): WorkQueue => new WorkQueue({ name, clock, metrics, sharesWorkers, owns });
  return new Queues(new Map(Array.from(queues, ([id, one]) => [id, queueFor(one)])));
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
  /** Tracks what the reconciles of controllers that subscribe have recorded. */
  readonly watched: ChangeEvents['watched'];
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
  { controller, started }: Started,
  { queues, config, clock, metrics, logger, slices, watched, signal }: ControllersOptions,
): Promise<void> {
  const { name, subscribes } = controller;
  const id = controllerId(controller);
  const concurrency = controller.workers(config);
  // The messages about a change wait for each watched reconcile, so that a slow check of a store must not be one.
  const reconcile = subscribes ? watched(id, started.reconcile) : unwatched(started.reconcile);
  await runWorkers({
    queue: queues.of(id),
    clock,
    concurrency,
    reconcile: async (key, cut) => {
      await slices.worker(nameOf(key).namespace, cut).checkpoint();
      return await reconcile(key, cut);
    },
    ...(started.isWaiting !== undefined && { isWaiting: started.isWaiting }),
    onError: (error, key) => {
      logger.error({ err: error, controller: name, key }, 'reconcile threw; this is a defect');
    },
    signal,
    metrics: metrics.forController(name, concurrency),
  });
}

function unwatched(reconcile: Reconcile): WatchedReconcile {
  return (key, signal) => reconcile(key, signal, () => undefined);
}
