/** The references of one identity that lists can show, by the interval of lists. */
import type { Ms } from '../../base/time/clock.ts';
import type { TrackedReference } from './tracked-reference.ts';

export class Listable {
  readonly #intervals = new Map<TrackedReference, Ms | undefined>();
  readonly #byInterval = new Map<Ms, Set<TrackedReference>>();

  /**
   * Returns whether this interval is new. Undefined: no list is made for the reference, but lists for others may show it.
   */
  set(tracked: TrackedReference, interval: Ms | undefined): boolean {
    const before = this.#intervals.get(tracked);
    if (before !== interval) this.#removeFrom(tracked, before);
    this.#intervals.set(tracked, interval);
    if (interval === undefined) return false;
    const others = this.#byInterval.get(interval);
    if (others === undefined) this.#byInterval.set(interval, new Set([tracked]));
    else others.add(tracked);
    return others === undefined;
  }

  delete(tracked: TrackedReference): void {
    this.#removeFrom(tracked, this.#intervals.get(tracked));
    this.#intervals.delete(tracked);
  }

  get references(): Iterable<TrackedReference> {
    return this.#intervals.keys();
  }

  get size(): number {
    return this.#intervals.size;
  }

  get intervals(): ReadonlyMap<Ms, ReadonlySet<TrackedReference>> {
    return this.#byInterval;
  }

  /** The references with these intervals. */
  of(intervals: readonly Ms[]): readonly TrackedReference[] {
    return intervals.flatMap((interval) => [...(this.#byInterval.get(interval) ?? [])]);
  }

  #removeFrom(tracked: TrackedReference, interval: Ms | undefined): void {
    if (interval === undefined) return;
    const others = this.#byInterval.get(interval);
    others?.delete(tracked);
    if (others?.size === 0) this.#byInterval.delete(interval);
  }
}
