/** Ends the work of the leader in order: first the workers, which finish their keys, then the parts that the workers need. */
import { abortReason } from '../base/abort.ts';

/** Runs until `end` aborts. `stop` aborts earlier: after that the part starts no new work. */
export type Part = (stop: AbortSignal, end: AbortSignal) => Promise<void>;

export interface Work {
  /** By name, for messages. Each starts before the first worker and ends after the last one. */
  readonly parts: Readonly<Record<string, Part>>;
  /** Resolves when all work has ended after `stop` aborted. */
  readonly workers: (stop: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Called once when the work begins to end, with the first defect of a part or the reason of `signal`. This module sets no time limit for the end. */
  readonly onStop?: (cause: unknown) => void;
}

/**
 * Resolves when all parts have ended after `signal` aborted. A part that fails or ends too early ends the work in the same order as
 * `signal`. The call then rejects with the first such defect, after all parts have ended, so that no part runs without the Lease.
 */
export async function runUntilStopped({ parts, workers, signal, onStop }: Work): Promise<void> {
  const defects: Error[] = [];
  const failed = new AbortController();
  const end = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const defect = (error: Error): void => {
    defects.push(error);
    failed.abort(abortReason(error.message));
  };
  const onStopped = (): void => onStop?.(defects[0] ?? stop.reason);
  if (stop.aborted) onStopped();
  else stop.addEventListener('abort', onStopped, { once: true });
  const running = Promise.all(
    Object.entries(parts).map(([name, part]) => watchOver(name, () => part(stop, end.signal), end.signal, defect)),
  );
  try {
    await watchOver('workers', () => workers(stop), stop, defect);
  } finally {
    end.abort(abortReason('the workers have ended'));
    await running;
  }
  const [first] = defects;
  if (first !== undefined) throw first;
}

/** Runs `work`. Calls `defect` if it throws or rejects, or ends before `due` aborts. */
async function watchOver(name: string, work: () => Promise<void>, due: AbortSignal, defect: (error: Error) => void): Promise<void> {
  try {
    await work();
    if (!due.aborted) defect(new Error(`${name}: ended too early; this is a defect`));
  } catch (error) {
    defect(new Error(`${name}: failed; this is a defect`, { cause: error }));
  }
}
