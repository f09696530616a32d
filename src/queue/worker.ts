/**
 * The workers of a queue: each processes one key at a time. If a reconcile takes long, a further worker takes its place, so that a
 * reconcile that hangs does not delay other keys. The result of a reconcile decides when its key is queued again. A reconcile that throws
 * has a defect: the error is reported, the key is retried with backoff, and the worker continues.
 */
import { addAbortListener } from 'node:events';
import { assertNever } from '../base/assert-never.ts';
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import type { Key } from '../base/key.ts';
import type { ReconcileMetrics, ReconcileResult } from '../telemetry/metrics/reconcile-metrics.ts';
import { priority } from '../base/priority.ts';
import type { WorkResult } from './port.ts';
import { SlowTracker } from './slow-tracker.ts';
import type { WorkQueue } from './work-queue.ts';

export interface WorkersOptions {
  readonly queue: Pick<WorkQueue, 'take' | 'done' | 'addAfter' | 'addRateLimited' | 'forget'>;
  readonly clock: Clock;
  readonly concurrency: number;
  /** Time after which a further worker takes the place of a reconcile. Default: 1 s. */
  readonly slowAfter?: Ms;
  /** Its signal aborts when `grace` has passed after the stop, not at the stop itself. */
  readonly reconcile: (key: Key, signal: AbortSignal) => Promise<WorkResult>;
  /** Whether a reconcile waits for other reconciles. Such a reconcile does not count as slow. */
  readonly isWaiting?: (key: Key) => boolean;
  /** Called with each error that a reconcile throws, except for the abort at the end of the grace period. */
  readonly onError: (error: unknown, key: Key) => void;
  /** After its abort (the stop) no further key is taken. */
  readonly signal: AbortSignal;
  /** Time for which running reconciles may continue after the stop. Default: 8 s, so that the whole stop takes at most 10 s. */
  readonly grace?: Ms;
  readonly metrics?: ReconcileMetrics;
}

const DEFAULT_GRACE = ms(8_000);
const DEFAULT_SLOW_AFTER = ms(1_000);
/** Slow reconciles cost memory. If there are this many (a multiple of the concurrency), no further worker starts. */
const MOST_SLOW = 8;

/** Resolves when all workers have ended: `signal` has aborted or the queue was shut down and is empty, and every reconcile has returned. */
export async function runWorkers(options: WorkersOptions): Promise<void> {
  const cut = new AbortController();
  const ended = new AbortController();
  using _ = addAbortListener(options.signal, () => {
    void cutAfterGrace(options, cut, ended.signal);
  });
  try {
    await new WorkerPool(options, cut.signal).run();
  } finally {
    ended.abort();
  }
}

async function cutAfterGrace(options: WorkersOptions, cut: AbortController, ended: AbortSignal): Promise<void> {
  try {
    await options.clock.sleep(options.grace ?? DEFAULT_GRACE, ended);
  } catch (error) {
    if (ended.aborted) return;
    throw error;
  }
  cut.abort(options.signal.reason);
}

/** One key that a worker processes. */
interface Task {
  readonly key: Key;
  /** Whether another worker has taken the place of its worker. */
  isReplaced: boolean;
}

/** The workers of a queue. A worker that was replaced ends with its key and leaves no state, so that memory does not grow. */
class WorkerPool {
  readonly #options: WorkersOptions;
  readonly #cut: AbortSignal;
  readonly #tasks: SlowTracker<Task>;
  readonly #ended = Promise.withResolvers<void>();
  #workers = 0;

  constructor(options: WorkersOptions, cut: AbortSignal) {
    this.#options = options;
    this.#cut = cut;
    this.#tasks = new SlowTracker(options.clock, options.slowAfter ?? DEFAULT_SLOW_AFTER, (slow) => this.#replace(slow));
  }

  async run(): Promise<void> {
    for (let worker = 0; worker < this.#options.concurrency; worker += 1) void this.#startWorker();
    try {
      await this.#ended.promise;
    } finally {
      this.#tasks.stop();
    }
  }

  async #startWorker(): Promise<void> {
    this.#workers += 1;
    try {
      await this.#loop();
    } catch (error) {
      this.#ended.reject(error);
    }
    this.#workers -= 1;
    if (this.#workers === 0) this.#ended.resolve();
  }

  /** Ends when the queue ends, or after the key during which the worker was replaced. */
  async #loop(): Promise<void> {
    const { queue, signal } = this.#options;
    for (let key = await queue.take(signal); key !== undefined; key = await queue.take(signal)) {
      const task: Task = { key, isReplaced: false };
      this.#tasks.start(task);
      try {
        await workOnce(this.#options, key, this.#cut);
      } finally {
        this.#tasks.end(task);
        queue.done(key);
      }
      if (task.isReplaced) return;
    }
  }

  /** Starts one more worker for each slow task that has none, up to the maximum. */
  #replace(slow: readonly Task[]): void {
    const { concurrency, isWaiting = () => false } = this.#options;
    for (const task of slow) {
      if (task.isReplaced) continue;
      if (isWaiting(task.key)) this.#tasks.start(task);
      else if (this.#tasks.size < concurrency * MOST_SLOW) {
        task.isReplaced = true;
        void this.#startWorker();
      }
    }
  }
}

async function workOnce({ queue, clock, reconcile, onError, metrics }: WorkersOptions, key: Key, cut: AbortSignal): Promise<void> {
  const start = clock.monotonic();
  metrics?.started();
  let result: ReconcileResult = 'error';
  let panicked = false;
  try {
    result = schedule(queue, key, await reconcile(key, cut));
  } catch (error) {
    // An abort at the end of the grace period is not a failure, and this process does not retry.
    if (!cut.aborted) {
      panicked = true;
      queue.addRateLimited(key);
      onError(error, key);
    }
  } finally {
    metrics?.ended(result, (clock.monotonic() - start) / 1_000, panicked);
  }
}

function schedule(queue: WorkersOptions['queue'], key: Key, result: WorkResult): ReconcileResult {
  switch (result.kind) {
    case 'done':
      queue.forget(key);
      return 'success';
    case 'requeue':
      queue.forget(key);
      queue.addAfter(key, result.priority ?? priority.periodic, result.after);
      return 'requeue_after';
    case 'retry':
      queue.addRateLimited(key, ms(result.retryAfterMs ?? 0));
      return 'error';
    default:
      return assertNever(result);
  }
}
