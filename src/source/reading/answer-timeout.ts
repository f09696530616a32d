/**
 * Limits how long a reconcile waits for the answers of its read, because other reconciles need its worker. If an identity is known to get no answers, the
 * reconcile does not wait. The read goes on, and the dependant is notified when it has ended.
 */
import type { Identity } from '../../aws/credentials/identity.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { untilAborted } from '../../base/waiting.ts';

export interface AnswerTimeoutOptions {
  readonly clock: Clock;
  /** Ends all waits. */
  readonly lifetime: AbortSignal;
  /** Since when (monotonic) calls as this identity are in flight without any answer; undefined if there is no such time. */
  readonly unansweredSince: (identity: Identity) => number | undefined;
}

export class AnswerTimeout {
  readonly #options: AnswerTimeoutOptions;

  constructor(options: AnswerTimeoutOptions) {
    this.#options = options;
  }

  /** Resolves when all is answered, or after `answerTimeout` (undefined: no limit). Rejects like `answered`, or when the signal aborts. */
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
