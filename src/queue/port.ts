/** The work queue as producers see it. */
import type { Ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import type { Priority } from '../base/priority.ts';

export interface Enqueuer {
  /** A key that is queued already is not queued twice; the better priority wins. A key that is being worked on is queued again after that. */
  add(key: Key, priority: Priority): void;
  /** Adds the key after `delay`; an earlier time already set wins. */
  addAfter(key: Key, priority: Priority, delay: Ms): void;
}

/** What becomes of a key after its reconcile. */
export type WorkResult =
  | { readonly kind: 'done' }
  /** All is well; look again after so long. Without a priority as one of the refreshes. */
  | { readonly kind: 'requeue'; readonly after: Ms; readonly priority?: Priority }
  /** It failed; again after the key's backoff, and not before `retryAfterMs`. */
  | { readonly kind: 'retry'; readonly retryAfterMs?: number };
