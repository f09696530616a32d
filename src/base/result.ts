/** An expected outcome as a value: what can go wrong in normal operation is returned, never thrown. A throw is a bug or an abort. */
export type Result<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: F };

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function failed<F>(failure: F): Result<never, F> {
  return { ok: false, failure };
}
