/** Distinguishes aborts from failures. */

const ABORTS: ReadonlySet<unknown> = new Set(['AbortError', 'TimeoutError']);

/** True for the error of an aborted signal or of a time-out. Such an error is never logged as a failure. */
export function isAbort(error: unknown): boolean {
  // Compared by name and not by class: the error can come from another realm (a worker, the vm context of a test), where instanceof is
  // false.
  return typeof error === 'object' && error !== null && 'name' in error && ABORTS.has(error.name);
}

/** True if work ended with `error` because `signal` aborted: the error is the reason of the signal, or an abort. */
export function isAbortBy(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || isAbort(error));
}

/** The reason for signals of the operator. Work throws the reason, and any other kind of error would count as a defect of that work. */
export function abortReason(message: string): DOMException {
  return new DOMException(message, 'AbortError');
}
