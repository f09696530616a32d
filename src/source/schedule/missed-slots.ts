/** What fell due while nobody worked, before this process began or before a namespace was listed, and until when all that was due was read. */
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { FirstLists } from '../engine-options.ts';
import { readUntil } from './read-until.ts';
import { CATCH_UP_MS, catchUpDelay } from './slots.ts';
import { namespaceOf } from '../references/dependant.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';

export interface MissedSlotsOptions {
  readonly clock: Clock;
  /** Until when (wall clock) somebody is known to have refreshed before this process; undefined: not known. */
  readonly aliveUntil?: Ms | undefined;
  readonly firstLists?: FirstLists | undefined;
  /** The earliest time (wall clock) at which a read was due whose news somebody was called for, and has not acted on yet. */
  readonly calledSince?: (() => Ms | undefined) | undefined;
}

export class MissedSlots {
  readonly #options: MissedSlotsOptions;
  readonly #start: { readonly wall: Ms; readonly monotonic: number };

  constructor(options: MissedSlotsOptions) {
    this.#options = options;
    this.#start = { wall: options.clock.now(), monotonic: options.clock.monotonic() };
  }

  /**
   * The last slot of what was there at the start and was not read since may have gone by with nobody there. Which slot that is depends on whether
   * events can be relied on, and that may be found out much later than who is subscribed. Of a namespace that was listed after the start each reference
   * is read: its events may have come before that, when they concerned nobody.
   */
  catchUp(tracked: TrackedReference): void {
    if (tracked.observation.kind !== 'unknown' || tracked.makesUp) return;
    const { interval, phase, idleSince } = tracked;
    const { wall, monotonic } = this.#start;
    const { clock, aliveUntil = ms(0) } = this.#options;
    const listed = this.#listedAt(tracked);
    const from = Math.max(listed, monotonic);
    if (interval === undefined || idleSince - from > CATCH_UP_MS) return;
    const delay = catchUpDelay(phase, interval, wall, listed > monotonic ? undefined : aliveUntil);
    if (delay !== undefined) tracked.makeUp(Math.max(from + delay, clock.monotonic()), aliveUntil);
  }

  /** Wall clock; see `Registry.readUntil`. */
  readUntil(all: Iterable<TrackedReference>): Ms {
    const { clock, aliveUntil = ms(0), calledSince, firstLists } = this.#options;
    const { monotonic } = this.#start;
    const listed = firstLists?.lastAt ?? 0;
    const caughtUp = clock.monotonic() - CATCH_UP_MS;
    if (firstLists?.isComplete === false || (listed > monotonic && listed > caughtUp)) return ms(0);
    if (monotonic > caughtUp) return aliveUntil;
    return readUntil(all, clock, calledSince?.());
  }

  /** Monotonic time of the first list of those who are subscribed: the last one, if they are in several namespaces. */
  #listedAt({ subscribers }: TrackedReference): number {
    const { firstLists } = this.#options;
    let last = 0;
    if (firstLists === undefined) return last;
    for (const dependant of subscribers.keys()) last = Math.max(last, firstLists.listedAt(namespaceOf(dependant)) ?? 0);
    return last;
  }
}
