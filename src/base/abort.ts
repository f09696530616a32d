/** Aborts are not failures: they are told apart here, once. */

const ABORTS: ReadonlySet<unknown> = new Set(['AbortError', 'TimeoutError']);

/** True for what an aborted signal or a time-out of our own throws; never logged as a failure. */
export function isAbort(error: unknown): boolean {
  // By name, not by class: the error may come from another realm (a worker, a test's vm context), where instanceof is false.
  return typeof error === 'object' && error !== null && 'name' in error && ABORTS.has(error.name);
}

/** A signal that fires when `signal` does or after `milliseconds`, whichever is first. */
export function withTimeout(signal: AbortSignal, milliseconds: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
}
