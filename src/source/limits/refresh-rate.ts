/**
 * How many calls a second the refreshes of one namespace may cost, over all its identities. Far more than honest ones need: 10,000 references each minute
 * are 8 calls a second in batches, 500 that are read one by one each 5 s are 100. A call takes more than a millisecond of the processor that all share.
 */
import type { Clock, Ms } from '../../base/clock.ts';
import { ms } from '../../base/clock.ts';
import { Rates } from '../../base/rates.ts';

export interface RefreshRateOptions {
  readonly clock: Clock;
  /** How many resources a namespace has; undefined: nothing is limited. */
  readonly resourcesIn?: ((namespace: string) => number) | undefined;
}

const BURST = 500;
const PER_SECOND = 100;
/** What each resource of the namespace adds: one call at once, and one each minute. */
const BURST_EACH = 1;
const PER_SECOND_EACH = 1 / 60;

export class RefreshRate {
  readonly #options: RefreshRateOptions;
  readonly #calls: Rates<string>;

  constructor(options: RefreshRateOptions) {
    this.#options = options;
    this.#calls = new Rates(options.clock);
  }

  /** 0: one more call may be made for the namespace, and is counted. Else in how many milliseconds it is worth to ask again. */
  take(namespace: string): Ms {
    const resources = this.#options.resourcesIn?.(namespace);
    if (resources === undefined) return ms(0);
    return this.#calls.take(namespace, { burst: BURST + resources * BURST_EACH, perSecond: PER_SECOND + resources * PER_SECOND_EACH });
  }
}
