/**
 * Works a queue off: N workers, each with one key at a time; one whose key takes long is stood in for, so that what hangs holds up nothing else.
 * What a reconcile says decides when its key comes back; what it throws is a bug, which is reported and retried with backoff, and never ends a
 * worker.
 */
import { addAbortListener } from 'node:events';
import { assertNever } from '../base/assert-never.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import type { ReconcileMetrics, ReconcileResult } from '../telemetry/reconcile-metrics.ts';
import { priority } from '../base/priority.ts';
import { Alarm } from './alarm.ts';
import type { WorkResult } from './port.ts';
import type { WorkQueue } from './work-queue.ts';

export interface WorkersOptions {
  readonly queue: Pick<WorkQueue, 'take' | 'done' | 'addAfter' | 'addRateLimited' | 'forget'>;
  readonly clock: Clock;
  readonly concurrency: number;
  /** How long a reconcile may take before its worker is stood in for; 1 s by default. */
  readonly slowAfter?: Ms;
  /** Its signal fires when `grace` has passed after the stop, not at the stop itself. */
  readonly reconcile: (key: Key, signal: AbortSignal) => Promise<WorkResult>;
  /** Whether a reconcile merely waits for others: it is not slow then. */
  readonly isWaiting?: (key: Key) => boolean;
  /** Told of everything that a reconcile throws, but not of the abort that the end of the grace period causes. */
  readonly onError: (error: unknown, key: Key) => void;
  /** The stop: no further key is taken. */
  readonly signal: AbortSignal;
  /** How long running reconciles may go on after the stop; 8 s by default, so that the whole stop stays within 10 s. */
  readonly grace?: Ms;
  readonly metrics?: ReconcileMetrics;
}

const DEFAULT_GRACE = ms(8_000);
const DEFAULT_SLOW_AFTER = ms(1_000);
/** Slow reconciles cost memory; with so many of them, as a multiple of the concurrency, the others wait all the same. */
const MOST_SLOW = 8;

/** Resolves when all workers have ended: after `signal` fired or the queue was shut down and drained, and every reconcile has returned. */
export async function runWorkers(options: WorkersOptions): Promise<void> {
  const cut = new AbortController();
  const ended = new AbortController();
  using _ = addAbortListener(options.signal, () => {
    void cutAfterGrace(options, cut, ended.signal);
  });
  try {
    await new Crew(options, cut.signal).work();
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

/** One key that is being worked on. */
interface Task {
  readonly key: Key;
  /** When its worker counts as slow, by the monotonic clock. */
  due: Ms;
  stoodInFor: boolean;
}

/**
 * The workers of a queue. Whoever was stood in for ends with its key and nobody waits for it, so that a process that runs for months keeps
 * nothing of those who have ended. One alarm watches over all keys: most reconciles end long before they are slow, and pay nothing for it.
 */
class Crew {
  readonly #options: WorkersOptions;
  readonly #cut: AbortSignal;
  readonly #slowAfter: Ms;
  /** In the order in which they become slow. */
  readonly #tasks = new Set<Task>();
  readonly #alarm: Alarm;
  readonly #ended = Promise.withResolvers<void>();
  #workers = 0;

  constructor(options: WorkersOptions, cut: AbortSignal) {
    this.#options = options;
    this.#cut = cut;
    this.#slowAfter = options.slowAfter ?? DEFAULT_SLOW_AFTER;
    this.#alarm = new Alarm(options.clock, () => this.#standIn());
  }

  async work(): Promise<void> {
    for (let worker = 0; worker < this.#options.concurrency; worker += 1) void this.#hire();
    try {
      await this.#ended.promise;
    } finally {
      this.#alarm.set(undefined);
    }
  }

  async #hire(): Promise<void> {
    this.#workers += 1;
    try {
      await this.#loop();
    } catch (error) {
      this.#ended.reject(error);
    }
    this.#workers -= 1;
    if (this.#workers === 0) this.#ended.resolve();
  }

  /** Ends when the queue does, or with the key at which its place was given to another. */
  async #loop(): Promise<void> {
    const { queue, signal } = this.#options;
    for (let key = await queue.take(signal); key !== undefined; key = await queue.take(signal)) {
      const task = this.#begin(key);
      try {
        await workOnce(this.#options, key, this.#cut);
      } finally {
        this.#tasks.delete(task);
        queue.done(key);
      }
      if (task.stoodInFor) return;
    }
  }

  #begin(key: Key): Task {
    const task: Task = { key, due: ms(this.#options.clock.monotonic() + this.#slowAfter), stoodInFor: false };
    this.#tasks.add(task);
    // A set alarm may be for a task that has ended; then it finds out by itself, so that tasks which end need not touch it.
    if (!this.#alarm.isSet) this.#alarm.set(task.due);
    return task;
  }

  /** One more worker in the place of each slow one that has none yet, while there is room. */
  #standIn(): void {
    const { isWaiting = () => false } = this.#options;
    const now = this.#options.clock.monotonic();
    for (const task of this.#tasks) {
      if (task.due > now) {
        this.#alarm.set(task.due);
        return;
      }
      if (!task.stoodInFor && isWaiting(task.key)) {
        // Anew from now; it is met again below, where it no longer is due.
        task.due = ms(now + this.#slowAfter);
        this.#tasks.delete(task);
        this.#tasks.add(task);
        continue;
      }
      if (task.stoodInFor || this.#tasks.size >= this.#options.concurrency * MOST_SLOW) continue;
      task.stoodInFor = true;
      void this.#hire();
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
    // Cut off at the end of the grace period: not a fault, and there is no later in this process.
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
