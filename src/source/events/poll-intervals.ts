/** The intervals that the subscribers of one reference ask for, counted, so that the smallest is found whatever their number is. */
import { type Ms, ms } from '../../base/clock.ts';
import type { EventReliance } from '../port.ts';

/** Whether events can be relied on now by somebody who said so of this queue. */
export type RelianceTest = (reliance: EventReliance) => boolean;

interface Term {
  readonly interval: Ms;
  readonly reliance: EventReliance | undefined;
  count: number;
}

export class PollIntervals {
  readonly #relies: RelianceTest;
  readonly #terms = new Map<string, Term>();

  constructor(relies: RelianceTest) {
    this.#relies = relies;
  }

  count(interval: Ms, reliance: EventReliance | undefined, by: 1 | -1): void {
    const key = `${interval} ${reliance?.maxAge ?? ''} ${reliance?.queueUrl ?? ''}`;
    const term = this.#terms.get(key) ?? { interval, reliance, count: 0 };
    term.count += by;
    if (term.count === 0) this.#terms.delete(key);
    else this.#terms.set(key, term);
  }

  get smallest(): Ms | undefined {
    let smallest: number | undefined;
    for (const term of this.#terms.values()) {
      const interval = this.#stretched(term);
      if (smallest === undefined || interval < smallest) smallest = interval;
    }
    return smallest === undefined ? undefined : ms(smallest);
  }

  get mayStretch(): boolean {
    for (const { reliance } of this.#terms.values()) if (reliance !== undefined) return true;
    return false;
  }

  #stretched({ interval, reliance }: Term): number {
    return reliance !== undefined && reliance.maxAge > interval && this.#relies(reliance) ? reliance.maxAge : interval;
  }
}
