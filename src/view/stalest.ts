/**
 * The ExternalSecrets that are named one by one in metrics: the stalest of all, and beside them the stalest of each namespace, so that a tenant with hundreds
 * of failing ones does not hide everybody else's. Pure.
 */
import { Lowest } from '../base/lowest.ts';
import type { StaleOne } from '../telemetry/sync-metrics.ts';

const PLACES = 100;
/** Of these, places for the stalest of all, whoever's they are. */
const OF_ALL = 50;
const OF_A_NAMESPACE = 5;

export class Stalest {
  readonly #ofAll = new Lowest<StaleOne>(PLACES, atOf);
  readonly #ofNamespaces = new Map<string, Lowest<StaleOne>>();

  add(one: StaleOne): void {
    this.#ofAll.add(one);
    const own = this.#ofNamespaces.get(one.namespace) ?? new Lowest<StaleOne>(OF_A_NAMESPACE, atOf);
    this.#ofNamespaces.set(one.namespace, own);
    own.add(one);
  }

  /** Stalest first, a hundred at most. */
  sorted(): readonly StaleOne[] {
    const ofAll = this.#ofAll.sorted();
    const chosen = new Set(ofAll.slice(0, OF_ALL));
    const ofNamespaces = new Lowest<StaleOne>(PLACES, atOf);
    for (const own of this.#ofNamespaces.values()) for (const one of own.sorted()) ofNamespaces.add(one);
    for (const one of [...ofNamespaces.sorted(), ...ofAll]) if (chosen.size < PLACES) chosen.add(one);
    return [...chosen].sort((left, right) => left.at - right.at);
  }
}

function atOf({ at }: StaleOne): number {
  return at;
}
