/** Timers that dispatch the queue of an identity again when its budget permits more calls: the earliest one for values, and the earliest one for queries. */
import type { Clock, Ms } from '../../../base/time/clock.ts';
import type { IdentityQueue } from './identity-queue.ts';

export type BudgetTimer = keyof IdentityQueue['wakesAt'];

export interface BudgetTimersOptions {
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  readonly onTime: (queue: IdentityQueue, timer: BudgetTimer) => void;
  /** The lifetime has ended. */
  readonly onEnd: (queue: IdentityQueue, reason: unknown) => void;
}

export class BudgetTimers {
  readonly #options: BudgetTimersOptions;

  constructor(options: BudgetTimersOptions) {
    this.#options = options;
  }

  /** Sets the timer, unless it is set for an earlier time. */
  set(queue: IdentityQueue, timer: BudgetTimer, wait: Ms): void {
    const at = this.#options.clock.monotonic() + wait;
    if (at < queue.wakesAt[timer]) void this.#run(queue, timer, wait, at);
  }

  async #run(queue: IdentityQueue, timer: BudgetTimer, wait: Ms, at: number): Promise<void> {
    const { clock, lifetime, onTime, onEnd } = this.#options;
    const { wakesAt } = queue;
    wakesAt[timer] = at;
    try {
      await clock.sleep(wait, lifetime);
    } catch (error) {
      wakesAt[timer] = Number.POSITIVE_INFINITY;
      onEnd(queue, error);
      return;
    }
    // Another call has set an earlier timer.
    if (wakesAt[timer] !== at) return;
    wakesAt[timer] = Number.POSITIVE_INFINITY;
    onTime(queue, timer);
  }
}
