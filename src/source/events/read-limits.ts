/**
 * Limits the reads that events may cause. Any sender with access to the queue can send false events, so a read is charged unless it shows a
 * new version. Any number of true events is possible; false events cause few reads of one reference and few in total.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { type Rate, Rates } from '../../base/sharing/rates.ts';
import type { ReferenceKey } from '../port.ts';

/** Reads of one reference that showed no new version. */
const OF_A_REFERENCE: Rate = { burst: 8, perSecond: 1 / 30 };
/** The same for all references together. */
const OF_ALL: Rate = { burst: 200, perSecond: 10 };
/** All reads of one reference for events. */
const MIN_GAP: Rate = { burst: 1, perSecond: 2 };
/** Further reads for one event, if the first did not show the change: reads are eventually consistent, but events may be forged. */
const OF_REPEATS: Rate = { burst: 40, perSecond: 1 };

type Limited = ReferenceKey | 'all' | 'repeats';

export class ReadLimits {
  readonly #gaps: Rates<ReferenceKey>;
  readonly #rates: Rates<Limited>;

  constructor(clock: Clock) {
    this.#gaps = new Rates(clock);
    this.#rates = new Rates(clock);
  }

  /** 0: a read may start now, and is counted. Otherwise the milliseconds until the next try. */
  take(key: ReferenceKey): Ms {
    const wait = ms(
      Math.max(this.#gaps.waitFor(key, MIN_GAP), this.#rates.waitFor(key, OF_A_REFERENCE), this.#rates.waitFor('all', OF_ALL)),
    );
    if (wait > 0) return wait;
    this.#gaps.take(key, MIN_GAP);
    this.#rates.take(key, OF_A_REFERENCE);
    this.#rates.take('all', OF_ALL);
    return wait;
  }

  /** Whether an event may cause a second read. */
  mayRepeat(): boolean {
    return this.#rates.take('repeats', OF_REPEATS) === 0;
  }

  /** A counted read has shown a new version, or was not made. */
  giveBack(key: ReferenceKey): void {
    this.#rates.giveBack(key, OF_A_REFERENCE);
    this.#rates.giveBack('all', OF_ALL);
  }
}
