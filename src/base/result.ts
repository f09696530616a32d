/** An expected result as a value: a failure of normal operation is returned, not thrown. A thrown error is a defect or an abort. */
export type Result<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: F };

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function failed<F>(failure: F): Result<never, F> {
  return { ok: false, failure };
}
