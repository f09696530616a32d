/** Aborts are not failures: they are told apart here, once. */

/** True for what an aborted signal or a time-out of our own throws; never logged as a failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** A signal that fires when `signal` does or after `milliseconds`, whichever is first. */
export function withTimeout(signal: AbortSignal, milliseconds: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
}
