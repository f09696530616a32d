/**
 * Limits the rate of forced syncs. A forced sync bypasses the cache, so each resource and each namespace has a rate for it, and an open
 * circuit breaker also delays it. A delayed sync is made later: the annotation stays due. The state is in memory: after a restart, the
 * rates start again.
 */
import type { Clock, Ms } from '../../../base/time/clock.ts';
import { type Key, nameOf } from '../../../base/key.ts';
import { type Rate, Rates } from '../../../base/sharing/rates.ts';

export interface ForceDelay {
  readonly after: Ms;
  /** Text for people. It stays the same while the cause is the same. */
  readonly why: string;
}

export interface ForceRequest {
  readonly key: Key;
  /** The value of the annotation. */
  readonly value: string;
  /** Time for which the circuit breaker refuses calls with the identity of the store. 0: calls are allowed. */
  readonly refusedFor: Ms;
}

const OF_RESOURCE: Rate = { burst: 5, perSecond: 0.1 };
/** Each resource of a namespace adds two forced syncs to the burst. */
const OF_NAMESPACE = { base: 20, each: 2, basePerSecond: 1, eachPerSecond: 1 / 60 };

const REFUSED =
  "force-sync waits: AWS refuses the store's identity or does not answer (see the conditions of the store); it is tried again by itself, within ten seconds where a person can mend it";
const TOO_OFTEN = 'force-sync waits: one resource may be forced 5 times in a row, then once every 10 seconds; it is made by itself';
const NAMESPACE_TOO_OFTEN = 'force-sync waits: the ExternalSecrets of this namespace were forced too often together; it is made by itself';

export class ForceSyncs {
  readonly #resourcesIn: (namespace: string) => number;
  readonly #ofResource: Rates<Key>;
  readonly #ofNamespace: Rates<string>;
  /** The values in work. A value may take several reconciles. */
  readonly #granted = new Map<Key, string>();

  /** `resourcesIn`: number of resources of a namespace. */
  constructor(clock: Clock, resourcesIn: (namespace: string) => number) {
    this.#resourcesIn = resourcesIn;
    this.#ofResource = new Rates(clock);
    this.#ofNamespace = new Rates(clock);
  }

  /** Undefined: the sync may be made now, and counts against the rates. */
  delayOf({ key, value, refusedFor }: ForceRequest): ForceDelay | undefined {
    if (refusedFor > 0) return { after: refusedFor, why: REFUSED };
    if (this.#granted.get(key) === value) return undefined;
    const { namespace } = nameOf(key);
    const rate = this.#rateOf(namespace);
    const own = this.#ofResource.waitFor(key, OF_RESOURCE);
    if (own > 0) return { after: own, why: TOO_OFTEN };
    const after = this.#ofNamespace.take(namespace, rate);
    if (after > 0) return { after, why: NAMESPACE_TOO_OFTEN };
    this.#ofResource.take(key, OF_RESOURCE);
    this.#granted.set(key, value);
    return undefined;
  }

  /** The value was used, or the resource was deleted. */
  ended(key: Key): void {
    this.#granted.delete(key);
  }

  #rateOf(namespace: string): Rate {
    const resources = this.#resourcesIn(namespace);
    const { base, each, basePerSecond, eachPerSecond } = OF_NAMESPACE;
    return { burst: base + resources * each, perSecond: basePerSecond + resources * eachPerSecond };
  }
}
