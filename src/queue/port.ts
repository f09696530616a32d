/** The work queue for producers of keys. */
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
