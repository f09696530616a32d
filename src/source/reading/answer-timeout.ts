/**
 * Limits the wait of a reconcile for the answers of its read, because other reconciles need its worker. If the calls of an identity are not
 * answered, the reconcile does not wait. The read continues, and the dependant is notified at its end.
 */
import type { Identity } from '../../aws/credentials/identity.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { untilAborted } from '../../base/waiting.ts';

export interface AnswerTimeoutOptions {
  readonly clock: Clock;
  /** Ends all waits. */
  readonly lifetime: AbortSignal;
  /** Monotonic time since which calls with this identity are in flight without any answer. Undefined without such calls. */
  readonly unansweredSince: (identity: Identity) => number | undefined;
}

export class AnswerTimeout {
  readonly #options: AnswerTimeoutOptions;

  constructor(options: AnswerTimeoutOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all answers are there, or after `answerTimeout` (undefined: no limit). Rejects like `answered`, or when the signal
   * aborts.
   */
  async await(answered: Promise<void>, identities: readonly Identity[], answerTimeout: Ms | undefined, signal: AbortSignal): Promise<void> {
    if (answerTimeout === undefined) {
      await untilAborted(answered, signal);
      return;
    }
    const { clock, lifetime, unansweredSince } = this.#options;
    const now = clock.monotonic();
    const silent = identities.some((identity) => now - (unansweredSince(identity) ?? now) >= answerTimeout);
    const done = new AbortController();
    const enough = AbortSignal.any([signal, lifetime, done.signal]);
    try {
      await untilAborted(Promise.race([answered, clock.sleep(silent ? ms(0) : answerTimeout, enough)]), signal);
    } finally {
      done.abort();
    }
  }
}
