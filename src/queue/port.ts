/** The work queue for producers of keys, and the reconcile function for its workers. */
import type { Ms } from '../base/time/clock.ts';
import type { Key } from '../base/key.ts';
import type { Priority } from '../base/priority.ts';

export interface Enqueuer {
  /** Adds the key. A key that is queued gets the better priority. A key that is being processed is queued again afterwards. */
  add(key: Key, priority: Priority): void;
  /** Adds the key after `delay`. An earlier time that is already set stays. */
  addAfter(key: Key, priority: Priority, delay: Ms): void;
}

/** The result of a reconcile. It decides when the key is queued again. */
export type WorkResult =
  | { readonly kind: 'done' }
  /** Success. The key is queued again after this time. Default priority: periodic. */
  | { readonly kind: 'requeue'; readonly after: Ms; readonly priority?: Priority }
  /** Failure. The key is queued again after its backoff, and not before `retryAfterMs`. */
  | { readonly kind: 'retry'; readonly retryAfterMs?: number };

/**
 * Reconciles the object of one key. Rejects only with a defect, or with the reason of the signal. A controller that subscribes to the source engine calls
 * `recorded` before the end if the result is recorded in the API, as content or as a failure in the status. Until then, a notification of the engine is not
 * forgotten, and the message about the change stays in its queue.
 */
export type Reconcile = (key: Key, signal: AbortSignal, recorded: () => void) => Promise<WorkResult>;
