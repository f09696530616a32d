/**
 * Computes the times at which a reference is read. Pure. Slots are anchored to the wall clock: a slot is a time whose remainder by the
 * interval equals the phase of the reference. So neither a restart nor a new dependant moves the slots, and the slots of many references
 * are spread over the interval.
 */
import { hash } from 'node:crypto';
import { type Ms, ms } from '../../base/time/clock.ts';

/**
 * A reference may be read earlier than its slot, to fill a batch, by this fraction of the interval, at most a minute. That costs nothing, because the slots do
 * not move, and fills the batches of small fleets: with 2,655 references of 41 identities it saved two thirds of the single reads
 * (`npm run bench -- simulation --resources 5000`).
 */
const EARLY_SHARE = 0.1;
const EARLY_MAX_MS = 60_000;
/** Timers and clocks differ slightly. A larger difference between a slot and the current time means that the clock was set. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Missed slots are read within this time. A shorter interval has its next slot within it anyway. */
export const CATCH_UP_MS = 5 * 60_000;

/** Hexadecimal digits of a phase: 48 bits are exact in a number. */
const PHASE_DIGITS = 12;

/** A large integer that depends on the key only. The key must be a lasting one, because with a new key the slots move. */
export function phaseOf(key: string): number {
  // Not from a Buffer: its memory outside of the heap takes longer to make and to collect than all the rest of a reference.
  return Number.parseInt(hash('sha256', key, 'hex').slice(0, PHASE_DIGITS), 16);
}

/** The first slot later than `after`. */
export function slotAfter(phase: number, interval: Ms, after: Ms): Ms {
  const offset = phase % interval;
  const slot = (Math.floor((after - offset) / interval) + 1) * interval + offset;
  // Division rounds if times are not whole milliseconds.
  return ms(slot > after ? slot : slot + interval);
}

export function earliness(interval: Ms): Ms {
  return ms(Math.min(interval * EARLY_SHARE, EARLY_MAX_MS));
}

/**
 * The slot after the last served one. A slot that was served slightly early counts as served. A slot that is further ahead of the clock was
 * planned before the clock was set back, and does not count.
 */
export function nextSlot(phase: number, interval: Ms, now: Ms, served: Ms | undefined): Ms {
  const ahead = served === undefined ? 0 : served - now;
  const counts = served !== undefined && ahead > 0 && ahead <= earliness(interval) + CLOCK_TOLERANCE_MS;
  return slotAfter(phase, interval, counts ? served : now);
}

/**
 * The time after the start at which a reference is read because its slot was missed while no process ran. Undefined if it can wait for its
 * next slot. `aliveUntil`: the time (wall clock) until which a process ran; undefined: unknown, so it may be long ago.
 */
export function catchUpDelay(phase: number, interval: Ms, start: Ms, aliveUntil: Ms | undefined): Ms | undefined {
  if (interval <= CATCH_UP_MS) return undefined;
  const last = slotAfter(phase, interval, start) - interval;
  return aliveUntil !== undefined && last <= aliveUntil ? undefined : ms(Math.floor(phase / interval) % CATCH_UP_MS);
}
