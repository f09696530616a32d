/** One reason of the catalogue. */

/**
 * now: try again at once. backoff: try again with growing delays. change: try again when one of the watched objects of the result changes.
 */
export type Retry = 'now' | 'backoff' | 'change';

export interface ReasonEntry {
  readonly retry: Retry;
  /** It may contain names of a dialect, `{forceSync}` and `{workload}restart`: see `hintOf`. */
  readonly hint: string;
}

export function entry(retry: Retry, hint: string): ReasonEntry {
  return { retry, hint };
}
