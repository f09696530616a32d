/** How many pages the lists of one identity took before, by the intervals that they were for: what falls due together stays much the same. */
import { type Clock, type Ms } from '../../base/clock.ts';

/** For so long that is taken as the state of things. */
const REMEMBERED_MS = 3_600_000;
/** And for so many of its intervals: a list that was not worth it is made again and again, which must not cost much. */
const REMEMBERED_INTERVALS = 10;

export class PageCounts {
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly pages: number; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As many as it takes at least; 0 where that's not known. */
  expected(intervals: readonly Ms[]): number {
    const now = this.#clock.monotonic();
    for (const [key, { until }] of this.#known) if (until <= now) this.#known.delete(key);
    return this.#known.get(keyOf(intervals))?.pages ?? 0;
  }

  took(intervals: readonly Ms[], pages: number): void {
    const until = this.#clock.monotonic() + Math.max(REMEMBERED_MS, REMEMBERED_INTERVALS * Math.max(...intervals));
    this.#known.set(keyOf(intervals), { pages, until });
  }

  /** It was given up after so many pages. How many more there are nobody knows: twice as many have to be worth it to try again sooner. */
  tookMoreThan(intervals: readonly Ms[], pages: number): void {
    this.took(intervals, pages * 2);
  }
}

function keyOf(intervals: readonly Ms[]): string {
  return [...intervals].sort((a, b) => a - b).join(' ');
}
