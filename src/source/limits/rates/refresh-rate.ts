/**
 * Limits the rate of calls for refreshes of one namespace, over all its identities. Ordinary use is far below: 10,000 references each
 * minute are 8 batch calls a second; 500 references that are read one by one each 5 s are 100. A call takes more than a millisecond of the
 * shared processor.
 */
import { type Ms, ms } from '../../../base/time/clock.ts';
import { Rates } from '../../../base/sharing/rates.ts';
import type { NamespaceRateOptions } from './namespace-rate.ts';

const BURST = 500;
const PER_SECOND = 100;
/** Addition for each resource of the namespace: one call at once, and one call each minute. */
const BURST_EACH = 1;
const PER_SECOND_EACH = 1 / 60;

export class RefreshRate {
  readonly #options: NamespaceRateOptions;
  readonly #calls: Rates<string>;

  constructor(options: NamespaceRateOptions) {
    this.#options = options;
    this.#calls = new Rates(options.clock);
  }

  /** 0: one more call may be made for the namespace, and is counted. Otherwise the milliseconds until the next try. */
  take(namespace: string): Ms {
    const resources = this.#options.resourcesIn?.(namespace);
    if (resources === undefined) return ms(0);
    return this.#calls.take(namespace, { burst: BURST + resources * BURST_EACH, perSecond: PER_SECOND + resources * PER_SECOND_EACH });
  }
}
