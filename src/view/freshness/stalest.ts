/**
 * The ExternalSecrets that metrics show by name: the oldest of the cluster, and the oldest of each namespace, so that a namespace with
 * hundreds of failing ExternalSecrets does not hide those of others. Pure.
 */
import { Lowest } from '../../base/lowest.ts';
import type { StaleOne } from '../../telemetry/metrics/sync-metrics.ts';

const MAX_NAMED = 100;
/** Number of places for the oldest of the cluster. */
const MAX_OF_CLUSTER = 50;
const MAX_OF_NAMESPACE = 5;

export class Stalest {
  readonly #ofAll = new Lowest<StaleOne>(MAX_NAMED, atOf);
  readonly #ofNamespaces = new Map<string, Lowest<StaleOne>>();

  add(one: StaleOne): void {
    this.#ofAll.add(one);
    const own = this.#ofNamespaces.get(one.namespace) ?? new Lowest<StaleOne>(MAX_OF_NAMESPACE, atOf);
    this.#ofNamespaces.set(one.namespace, own);
    own.add(one);
  }

  /** The oldest first, at most a hundred. */
  sorted(): readonly StaleOne[] {
    const ofAll = this.#ofAll.sorted();
    const chosen = new Set(ofAll.slice(0, MAX_OF_CLUSTER));
    const ofNamespaces = new Lowest<StaleOne>(MAX_NAMED, atOf);
    for (const own of this.#ofNamespaces.values()) for (const one of own.sorted()) ofNamespaces.add(one);
    for (const one of [...ofNamespaces.sorted(), ...ofAll]) if (chosen.size < MAX_NAMED) chosen.add(one);
    return [...chosen].sort((left, right) => left.at - right.at);
  }
}

function atOf({ at }: StaleOne): number {
  return at;
}
