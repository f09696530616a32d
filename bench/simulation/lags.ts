// The time from each change in AWS until the engine enqueued the dependants of the secret.
import { type Quantiles, quantilesOf } from '../statistics.ts';
import type { RemoteSecret } from './fleet.ts';

export interface Span {
  readonly from: number;
  readonly until: number;
}

export class Lags {
  /** Changes that nobody was told of yet, and when the first of them was made. */
  readonly #unnoticed = new Map<RemoteSecret, number>();
  readonly #undisturbed = new Map<number, number[]>();
  readonly #disturbed: number[] = [];
  readonly #disturbances: readonly Span[];

  constructor(disturbances: readonly Span[]) {
    this.#disturbances = disturbances;
  }

  changed(secret: RemoteSecret, at: number): void {
    if (!this.#unnoticed.has(secret)) this.#unnoticed.set(secret, at);
  }

  noticed(secret: RemoteSecret, at: number): void {
    const since = this.#unnoticed.get(secret);
    if (since === undefined) return;
    this.#unnoticed.delete(secret);
    const disturbed = this.#disturbances.some(({ from, until }) => since < until && at > from);
    if (disturbed) this.#disturbed.push(at - since);
    else listOf(this.#undisturbed, secret.interval).push(at - since);
  }

  get unnoticed(): number {
    return this.#unnoticed.size;
  }

  /** By the interval of the secret. */
  get undisturbed(): ReadonlyMap<number, Quantiles> {
    const sorted = [...this.#undisturbed].sort(([a], [b]) => a - b);
    return new Map(sorted.map(([interval, lags]) => [interval, quantilesOf(lags)]));
  }

  get disturbed(): Quantiles {
    return quantilesOf(this.#disturbed);
  }
}

function listOf(lists: Map<number, number[]>, key: number): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
