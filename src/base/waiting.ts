/** Waits for shared work. The work continues if a caller stops waiting. */
import { abortReason, isAbortBy } from './abort.ts';
import type { Clock, Ms } from './time/clock.ts';

/** Settles like `work`, or rejects with the signal's reason as soon as it aborts; `work` itself goes on, and its failure is then ignored. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Its rejection would be an unhandled one, which ends the process.
    work.catch(() => undefined);
    throw signal.reason;
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** For a part of the work: resolves when `work` does, or when `end` aborts; rejects with any other failure of `work`. */
export async function untilEnd(work: Promise<unknown>, end: AbortSignal): Promise<void> {
  try {
    await untilAborted(work, end);
  } catch (error) {
    if (!isAbortBy(end, error)) throw error;
  }
}

/**
 * Resolves with `event`, or after `wait` (infinity: never), whichever is first. Rejects like `event`, or with the signal's reason as soon as it aborts. At the
 * end, no timer and no listener is left.
 */
export async function untilFirst(event: Promise<void>, wait: Ms, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return untilAborted(event, signal);
  const over = new AbortController();
  const first = wait === Number.POSITIVE_INFINITY ? event : Promise.race([event, clock.sleep(wait, over.signal)]);
  try {
    await untilAborted(first, signal);
  } finally {
    over.abort();
  }
}

/**
 * Runs all `works` at the same time. The first failure aborts the signal of the others. Settles when all have ended; rejects with the first
 * failure.
 */
export async function runTogether(works: readonly ((failed: AbortSignal) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const failures: unknown[] = [];
  const run = async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    try {
      await work(failed.signal);
    } catch (error) {
      failures.push(error);
      failed.abort(abortReason('other work that belongs to this has failed'));
    }
  };
  await Promise.all(works.map(run));
  if (failures.length > 0) throw failures[0];
}
