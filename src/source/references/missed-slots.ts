/**
 * Reads for slots that passed while no process ran, or before a namespace was listed, and computes the time until which all due reads were
 * made.
 */
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { FirstLists } from '../schedule/first-lists.ts';
import { readUntil } from './read-until.ts';
import { CATCH_UP_MS, catchUpDelay } from '../schedule/slots.ts';
import { namespaceOf } from './dependant.ts';
import type { TrackedReference } from './tracked-reference.ts';

export interface MissedSlotsOptions {
  readonly clock: Clock;
  /** The time (wall clock) until which an earlier process made its refreshes; undefined: unknown. */
  readonly aliveUntil?: Ms | undefined;
  readonly firstLists?: FirstLists | undefined;
  /** The earliest due time (wall clock) of a read whose change a dependant was notified of and has not acted on. */
  readonly notifiedSince?: (() => Ms | undefined) | undefined;
}

export class MissedSlots {
  readonly #options: MissedSlotsOptions;
  readonly #start: { readonly wall: Ms; readonly monotonic: number };

  constructor(options: MissedSlotsOptions) {
    this.#options = options;
    this.#start = { wall: options.clock.now(), monotonic: options.clock.monotonic() };
  }

  /**
   * Schedules a read if the last slot of the reference may have passed before the start. The last slot depends on whether polling may rely
   * on events, which may become known much later than the subscribers. If a namespace was listed after the start, all its references are
   * read, because events for them may have arrived before the list and were ignored.
   */
  catchUp(tracked: TrackedReference): void {
    if (tracked.observation.kind !== 'unknown' || tracked.hasCatchUp) return;
    const { interval, phase, idleSince } = tracked;
    const { wall, monotonic } = this.#start;
    const { clock, aliveUntil = ms(0) } = this.#options;
    const listed = this.#listedAt(tracked);
    const from = Math.max(listed, monotonic);
    if (interval === undefined || idleSince - from > CATCH_UP_MS) return;
    const delay = catchUpDelay(phase, interval, wall, listed > monotonic ? undefined : aliveUntil);
    if (delay !== undefined) tracked.scheduleCatchUp(Math.max(from + delay, clock.monotonic()), aliveUntil);
  }

  /** Wall clock; see `Registry.readUntil`. */
  readUntil(all: Iterable<TrackedReference>): Ms {
    const { clock, aliveUntil = ms(0), notifiedSince, firstLists } = this.#options;
    const { monotonic } = this.#start;
    const listed = firstLists?.lastAt ?? 0;
    const caughtUp = clock.monotonic() - CATCH_UP_MS;
    if (firstLists?.isComplete === false || (listed > monotonic && listed > caughtUp)) return ms(0);
    if (monotonic > caughtUp) return aliveUntil;
    return readUntil(all, clock, notifiedSince?.());
  }

  /** Monotonic time of the first list of the subscribers; the latest one for several namespaces. */
  #listedAt({ subscribers }: TrackedReference): number {
    const { firstLists } = this.#options;
    let last = 0;
    if (firstLists === undefined) return last;
    for (const dependant of subscribers.dependants()) last = Math.max(last, firstLists.listedAt(namespaceOf(dependant)) ?? 0);
    return last;
  }
}
