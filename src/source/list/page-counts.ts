/** Number of pages of earlier lists of one identity, by their intervals: the references that are due together seldom change. */
import { type Clock, type Ms } from '../../base/time/clock.ts';

/** Time for which the number of pages is kept. */
const REMEMBERED_MS = 3_600_000;
/** The same in intervals: a list that was too expensive is tried again after this time, which must not be often. */
const REMEMBERED_INTERVALS = 10;

export class PageCounts {
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly pages: number; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The minimum number of pages; 0 if unknown. */
  expected(intervals: readonly Ms[]): number {
    const now = this.#clock.monotonic();
    for (const [key, { until }] of this.#known) if (until <= now) this.#known.delete(key);
    return this.#known.get(keyOf(intervals))?.pages ?? 0;
  }

  took(intervals: readonly Ms[], pages: number): void {
    const until = this.#clock.monotonic() + Math.max(REMEMBERED_MS, REMEMBERED_INTERVALS * Math.max(...intervals));
    this.#known.set(keyOf(intervals), { pages, until });
  }

  /**
   * The list was stopped after this number of pages, and its length is unknown. It is tried again sooner only if twice as many pages would
   * be cheaper than reads.
   */
  exceeded(intervals: readonly Ms[], pages: number): void {
    this.took(intervals, pages * 2);
  }
}

function keyOf(intervals: readonly Ms[]): string {
  return [...intervals].sort((a, b) => a - b).join(' ');
}
