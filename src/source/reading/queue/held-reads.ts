/** The waiting reads that the breaker of their foreign account holds back, while other reads of their identity may start. */
import type { OpenBreaker } from '../../limits/breakers/circuit-breakers.ts';
import type { SourceBreakers } from '../../limits/breakers/source-breakers.ts';
import type { PendingRead } from './pending-read.ts';

/** One dispatch finds at most so many. */
const MAX_HELD = 500;

export class HeldReads {
  readonly #breakers: Pick<SourceBreakers, 'openBreakerOf'>;
  readonly #held: { readonly pending: PendingRead; readonly breaker: OpenBreaker }[] = [];

  constructor(breakers: Pick<SourceBreakers, 'openBreakerOf'>) {
    this.#breakers = breakers;
  }

  /** The reads that may start. Ends early when many are held. */
  *without(waiting: Iterable<PendingRead>): Generator<PendingRead> {
    for (const pending of waiting) {
      if (this.isFull) return;
      const breaker = this.#breakers.openBreakerOf(pending.reference);
      // That of an identity has stopped the reads that it concerns before.
      if (breaker === undefined || breaker.only !== undefined) yield pending;
      else this.#held.push({ pending, breaker });
    }
  }

  /** Those that were found. */
  get all(): readonly { readonly pending: PendingRead; readonly breaker: OpenBreaker }[] {
    return this.#held;
  }

  /** There may be more. */
  get isFull(): boolean {
    return this.#held.length === MAX_HELD;
  }
}
