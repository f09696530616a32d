// A reference for the tests of the queues, whose state a test sets.
import { ms } from '../../../../src/base/time/clock.ts';
import type { Moment, NeedingNamespaces } from '../../../../src/source/references/namespace-intervals.ts';
import type { QueuedReference } from '../../../../src/source/refresh/refresh-queues.ts';

/** A time for a queue. */
export function momentAt(monotonic: number): Moment {
  return { now: ms(monotonic), monotonic };
}

export class Reference implements QueuedReference {
  namespace: string;
  readonly number: number;
  isUsed = true;
  isAnswered = false;
  readonly isUnrefreshed = false;

  countsFor(namespace: string): boolean {
    return namespace === this.namespace;
  }

  needing(_: unknown, known: (namespace: string) => boolean): NeedingNamespaces {
    return { found: known(this.namespace) ? [] : [this.namespace], nextAt: Number.POSITIVE_INFINITY };
  }

  constructor(namespace: string, number: number) {
    this.namespace = namespace;
    this.number = number;
  }
}
