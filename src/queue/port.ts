/** The work queue as producers see it. Lower numbers go first. */
import type { Ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';

export const priority = {
  /** A Secret that is missing or was changed by somebody else, and resources never seen before. */
  urgent: 0,
  /** The specification, the store or a credential changed. */
  change: 1,
  /** AWS has something new. */
  source: 2,
  retry: 3,
  /** Refreshes and what is found at the start. */
  periodic: 4,
} as const;

export type Priority = (typeof priority)[keyof typeof priority];

export interface Enqueuer {
  /** A key that is queued already is not queued twice; the better priority wins. A key that is being worked on is queued again after that. */
  add(key: Key, priority: Priority): void;
  /** Adds the key after `delay`; an earlier time already set wins. */
  addAfter(key: Key, priority: Priority, delay: Ms): void;
}

/** What becomes of a key after its reconcile. */
export type WorkResult =
  | { readonly kind: 'done' }
  /** All is well; look again after so long. */
  | { readonly kind: 'requeue'; readonly after: Ms }
  /** It failed; again after the key's backoff, and not before `retryAfterMs`. */
  | { readonly kind: 'retry'; readonly retryAfterMs?: number };
