/**
 * Works a queue off: N workers, each with one key at a time; one whose key takes long is stood in for, so that what hangs holds up nothing else. What a reconcile says decides when its key comes back; what it throws is a bug,
 * which is reported and retried with backoff, and never ends a worker.
 */
import { addAbortListener } from 'node:events';
import { assertNever } from '../base/assert-never.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import type { ReconcileMetrics, ReconcileResult } from '../telemetry/reconcile-metrics.ts';
import { priority } from '../base/priority.ts';
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

/** How many keys are worked on, by workers and by those whom others stand in for. */
interface Crew {
  active: number;
}

/** Resolves when all workers have ended: after `signal` fired or the queue was shut down and drained, and every reconcile has returned. */
export async function runWorkers(options: WorkersOptions): Promise<void> {
  const cut = new AbortController();
  const ended = new AbortController();
  using _ = addAbortListener(options.signal, () => {
    void cutAfterGrace(options, cut, ended.signal);
  });
  try {
    const crew: Crew = { active: 0 };
    await Promise.all(Array.from({ length: options.concurrency }, () => work(options, crew, cut.signal)));
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

/** Ends when the queue does, or when its place was given to a substitute; then with that one. */
async function work(options: WorkersOptions, crew: Crew, cut: AbortSignal): Promise<void> {
  const { queue, signal } = options;
  for (let key = await queue.take(signal); key !== undefined; key = await queue.take(signal)) {
    const finished = new AbortController();
    const substitute = standIn(options, crew, cut, finished.signal);
    crew.active += 1;
    try {
      await workOnce(options, key, cut);
    } finally {
      crew.active -= 1;
      queue.done(key);
      finished.abort();
    }
    if (await substitute) return;
  }
}

/** After a while, one more worker in the place of a slow one; resolves when that has ended, or with false when there was no need for it. */
async function standIn(options: WorkersOptions, crew: Crew, cut: AbortSignal, finished: AbortSignal): Promise<boolean> {
  try {
    await options.clock.sleep(options.slowAfter ?? DEFAULT_SLOW_AFTER, finished);
  } catch (error) {
    if (finished.aborted) return false;
    throw error;
  }
  if (crew.active >= options.concurrency * MOST_SLOW) return false;
  await work(options, crew, cut);
  return true;
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
      queue.addAfter(key, priority.periodic, result.after);
      return 'requeue_after';
    case 'retry':
      queue.addRateLimited(key, ms(result.retryAfterMs ?? 0));
      return 'error';
    default:
      return assertNever(result);
  }
}
