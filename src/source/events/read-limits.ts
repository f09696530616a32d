/**
 * Limits the reads that events may cause. Any sender with access to the queue can send false events, so a read is charged unless it shows a
 * new version. Any number of true events is possible; false events cause few reads of one reference, few of one
 * namespace, and few in total.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { type Rate, Rates } from '../../base/sharing/rates.ts';
import type { ReferenceKey } from '../port.ts';

/** Reads of one reference that showed no new version. */
const OF_A_REFERENCE: Rate = { burst: 8, perSecond: 1 / 30 };
/** The same for all references together. */
const OF_ALL: Rate = { burst: 200, perSecond: 10 };
/** The share of one namespace in them, so that its events leave reads for others. */
const OF_A_NAMESPACE: Rate = { burst: 100, perSecond: 5 };
/** All reads of one reference for events. */
const MIN_GAP: Rate = { burst: 1, perSecond: 2 };
/** Further reads for one event, if the first did not show the change: reads are eventually consistent, but events may be forged. */
const OF_REPEATS: Rate = { burst: 40, perSecond: 1 };
const REPEATS_OF_A_NAMESPACE: Rate = { burst: 20, perSecond: 0.5 };
/** Reads that refreshes make earlier because of events, for one namespace. */
const LATER: Rate = { burst: 1, perSecond: 2 };
const LONGEST_LATER = ms(10 * 60_000);

type Shared = 'reads' | 'repeats';

export class ReadLimits {
  readonly #gaps: Rates<ReferenceKey>;
  readonly #references: Rates<ReferenceKey>;
  readonly #namespaces: Rates<string>;
  readonly #repeats: Rates<string>;
  readonly #later: Rates<string>;
  readonly #shared: Rates<Shared>;

  constructor(clock: Clock) {
    this.#gaps = new Rates(clock);
    this.#references = new Rates(clock);
    this.#namespaces = new Rates(clock);
    this.#repeats = new Rates(clock);
    this.#later = new Rates(clock);
    this.#shared = new Rates(clock);
  }

  /** 0: a read may start now, and is counted. Otherwise the milliseconds until the next try. */
  take(key: ReferenceKey, namespace: string): Ms {
    const wait = ms(Math.max(this.waitForReference(key), this.waitForNamespace(namespace), this.waitForAny()));
    if (wait > 0) return wait;
    this.#gaps.take(key, MIN_GAP);
    this.#references.take(key, OF_A_REFERENCE);
    this.#namespaces.take(namespace, OF_A_NAMESPACE);
    this.#shared.take('reads', OF_ALL);
    return wait;
  }

  /** The wait for the limits of the reference alone. */
  waitForReference(key: ReferenceKey): Ms {
    return ms(Math.max(this.#gaps.waitFor(key, MIN_GAP), this.#references.waitFor(key, OF_A_REFERENCE)));
  }

  /** The wait for the limit of the namespace alone; `before`: reads of the namespace that come first. */
  waitForNamespace(namespace: string, before = 0): Ms {
    return ms(this.#namespaces.waitFor(namespace, OF_A_NAMESPACE) + (before * 1_000) / OF_A_NAMESPACE.perSecond);
  }

  /** The wait for the limit of all reads. */
  waitForAny(): Ms {
    return this.#shared.waitFor('reads', OF_ALL);
  }

  /** Whether an event may cause a second read. */
  mayRepeat(namespace: string): boolean {
    if (this.#shared.waitFor('repeats', OF_REPEATS) > 0) return false;
    return this.#repeats.take(namespace, REPEATS_OF_A_NAMESPACE) === 0 && this.#shared.take('repeats', OF_REPEATS) === 0;
  }

  /** The wait after which a refresh may read a further reference of the namespace because of an event. Undefined: no earlier than planned. */
  reserveLater(namespace: string): Ms | undefined {
    return this.#later.reserve(namespace, LATER, LONGEST_LATER);
  }

  /** A counted read has shown a new version, or was not made. */
  giveBack(key: ReferenceKey, namespace: string): void {
    this.#references.giveBack(key, OF_A_REFERENCE);
    this.#namespaces.giveBack(namespace, OF_A_NAMESPACE);
    this.#shared.giveBack('reads', OF_ALL);
  }
}
