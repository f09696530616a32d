/** The references of one identity that lists may look at, and how often somebody wants them looked at. */
import { type Ms, ms } from '../../base/clock.ts';
import type { TrackedReference } from '../tracked-reference.ts';

export class Listable {
  readonly #intervals = new Map<TrackedReference, Ms>();
  /** How many ask for each interval. */
  readonly #counts = new Map<Ms, number>();

  set(tracked: TrackedReference, interval: Ms | undefined): void {
    const before = this.#intervals.get(tracked);
    if (before === interval) return;
    if (before !== undefined) this.#count(before, -1);
    if (interval === undefined) {
      this.#intervals.delete(tracked);
      return;
    }
    this.#intervals.set(tracked, interval);
    this.#count(interval, 1);
  }

  get references(): Iterable<TrackedReference> {
    return this.#intervals.keys();
  }

  get size(): number {
    return this.#intervals.size;
  }

  /** The smallest interval. */
  get period(): Ms {
    return ms(Math.min(...this.#counts.keys()));
  }

  #count(interval: Ms, by: 1 | -1): void {
    const count = (this.#counts.get(interval) ?? 0) + by;
    if (count === 0) this.#counts.delete(interval);
    else this.#counts.set(interval, count);
  }
}
