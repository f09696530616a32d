/**
 * The times of lists for the references of one identity: all references of one interval together, at slots that are anchored to the wall
 * clock like those of reads. If one interval is a multiple of another, their slots coincide, so that one list serves both.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { slotAfter } from '../schedule/slots.ts';

/** Slots within this time are one slot. Its monotonic time varies slightly, because the two clocks are not read at once. */
const TOGETHER_MS = 50;
/** Maximum time until a list that failed is tried again. */
const AGAIN_MS = 5 * 60_000;

export interface TimetableOptions {
  readonly clock: Clock;
  readonly phase: number;
  readonly minInterval: Ms;
}

export class Timetable {
  readonly #options: TimetableOptions;
  /** Monotonic time of the next list, by interval. */
  readonly #at = new Map<Ms, number>();

  constructor(options: TimetableOptions) {
    this.#options = options;
  }

  /** Sets the intervals that are in use. */
  setIntervals(intervals: Pick<ReadonlyMap<Ms, unknown>, 'has' | 'keys'>): void {
    for (const interval of this.#at.keys()) if (!intervals.has(interval)) this.#at.delete(interval);
    for (const interval of intervals.keys()) if (!this.#at.has(interval)) this.#at.set(interval, this.#slot(interval, 0));
  }

  /** Monotonic time of the next list. */
  get nextAt(): number {
    return Math.min(...this.#at.values());
  }

  /** The intervals that are due. */
  due(): readonly Ms[] {
    const now = this.#options.clock.monotonic();
    if (this.nextAt > now) return [];
    return [...this.#at].filter(([, at]) => at <= now + TOGETHER_MS).map(([interval]) => interval);
  }

  /** The references of these intervals were listed, or are read instead. */
  served(intervals: readonly Ms[]): void {
    for (const interval of intervals) this.#at.set(interval, this.#slot(interval, TOGETHER_MS));
  }

  /** No list was possible for these intervals. */
  missed(intervals: readonly Ms[]): void {
    for (const interval of intervals) this.#at.set(interval, this.#slot(ms(Math.min(interval, AGAIN_MS)), TOGETHER_MS));
  }

  /** Monotonic time of the first slot that is at least `ahead` milliseconds from now. */
  #slot(interval: Ms, ahead: number): number {
    const { clock, phase, minInterval } = this.#options;
    const now = clock.now();
    return clock.monotonic() + (slotAfter(phase, ms(Math.max(interval, minInterval)), ms(now + ahead)) - now);
  }
}
