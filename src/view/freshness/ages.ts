/** The ages of the content of ExternalSecrets for a scrape. They are computed in short steps, and concurrent scrapes share the result. */
import { inSlices } from '../../base/time/slices.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import type { AgeFigures } from '../../telemetry/metrics/sync-metrics.ts';
import { freshnessStateOf, type FreshnessEngine } from './freshness.ts';
import { Stalest } from './stalest.ts';
import type { SyncRow } from './sync-rows.ts';

export class Ages {
  readonly #rows: () => Iterable<SyncRow>;
  readonly #engine: FreshnessEngine;
  readonly #work: SlicedWork;
  #looking: Promise<AgeFigures> | undefined;

  constructor(rows: () => Iterable<SyncRow>, engine: FreshnessEngine, work: SlicedWork) {
    this.#rows = rows;
    this.#engine = engine;
    this.#work = work;
  }

  /** Empty while this process does not lead. */
  look(): Promise<AgeFigures> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<AgeFigures> {
    const engine = this.#engine();
    const at: number[] = [];
    const stalest = new Stalest();
    let unconfirmed = 0;
    if (engine !== undefined) {
      await inSlices(this.#rows(), this.#work, (row) => {
        const { state, at: confirmed } = freshnessStateOf(row, engine.freshness(row.dependant), engine.startedAt);
        if (state === 'unconfirmed') unconfirmed += 1;
        if ((state !== 'confirmed' && state !== 'failing') || confirmed === undefined) return;
        at.push(confirmed);
        stalest.add({ namespace: row.namespace, name: row.name, at: confirmed });
      });
    }
    return { at, stalest: stalest.sorted(), unconfirmed };
  }
}
