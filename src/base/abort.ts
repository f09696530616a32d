/** Distinguishes aborts from failures. */

const ABORTS: ReadonlySet<unknown> = new Set(['AbortError', 'TimeoutError']);

/** True for the error of an aborted signal or of a time-out. Such an error is never logged as a failure. */
export function isAbort(error: unknown): boolean {
  // By name, not by class: the error may come from another realm (a worker, a test's vm context), where instanceof is false.
  return typeof error === 'object' && error !== null && 'name' in error && ABORTS.has(error.name);
}

/** True when `error` is how work tells that it ended because `signal` aborted: the reason itself, whatever that is, or an abort. */
export function isAbortBy(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || isAbort(error));
}

/** What a signal of ours aborts with. Work throws the reason, and an error of another kind would be taken for a defect of that work. */
export function abortReason(message: string): DOMException {
  return new DOMException(message, 'AbortError');
}
