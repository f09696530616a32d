/**
 * Delays restarts of a workload whose marker another client removes or replaces repeatedly. The delays are in memory; a restart of the
 * operator loses only the delays.
 */
import { backoffDelay, type BackoffPolicy } from '../base/time/backoff.ts';
import { type Clock, type Ms, ms } from '../base/time/clock.ts';

/** More restarts for one content are delayed. A rollback of the rollout causes one restart. */
const FREE_RESTARTS = 3;
const PACE: BackoffPolicy = { base: ms(30_000), cap: ms(10 * 60_000), factor: 2, jitter: 0 };

interface Restarts {
  readonly content: string;
  readonly count: number;
  readonly last: Ms;
}

export class RestartGuard {
  readonly #clock: Clock;
  /** By workload and marker. The last restart comes last. */
  readonly #restarts = new Map<string, Restarts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The workload was patched for this content. */
  restarted(workload: string, content: string): void {
    const now = this.#clock.monotonic();
    this.#forgetQuiet(now);
    const before = this.#restarts.get(workload);
    const count = before?.content === content ? before.count + 1 : 1;
    this.#restarts.delete(workload);
    this.#restarts.set(workload, { content, count, last: now });
  }

  /** Removes old entries. Stops at the first entry that is not old, so that a restart does not check all entries. */
  #forgetQuiet(now: Ms): void {
    for (const [workload, { last }] of this.#restarts) {
      if (now - last <= 2 * PACE.cap) return;
      this.#restarts.delete(workload);
    }
  }

  /** The time until the next restart for this content, or undefined if it may happen now. */
  waitFor(workload: string, content: string): Ms | undefined {
    const before = this.#restarts.get(workload);
    if (before?.content !== content || before.count < FREE_RESTARTS) return undefined;
    const left = before.last + backoffDelay(PACE, before.count - FREE_RESTARTS + 1) - this.#clock.monotonic();
    return left > 0 ? ms(left) : undefined;
  }
}
