/**
 * When a reference is read again. Pure. Slots are anchored to the wall clock: they lie where time modulo the interval equals the phase of the
 * reference, so that neither a restart nor a new dependant moves them, and many references spread over the interval by themselves.
 */
import { hash } from 'node:crypto';
import { type Ms, ms } from '../../base/clock.ts';

/**
 * A fraction of the interval, at most a minute: so much earlier a reference may be read when a batch has room. It costs nothing, since its slots stay
 * where they are, and fills the batches of small fleets: of 2,655 references of 41 identities it spared two thirds of the single
 * reads (`npm run bench -- simulation --resources 5000`).
 */
const EARLY_SHARE = 0.1;
const EARLY_MAX_MS = 60_000;
/** Timers and clocks disagree by a little; more than this between a slot and now is a clock that was set. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Slots that were missed are made up for over so long; a shorter interval has its next slot by then anyway. */
export const CATCH_UP_MS = 5 * 60_000;

/** A large whole number that only depends on the key: one that lasts, else the schedule moves with each change of it. */
export function phaseOf(key: string): number {
  return hash('sha256', key, 'buffer').readUIntBE(0, 6);
}

/** The first slot later than `after`. */
export function slotAfter(phase: number, interval: Ms, after: Ms): Ms {
  const offset = phase % interval;
  const slot = (Math.floor((after - offset) / interval) + 1) * interval + offset;
  // Division rounds where times are not whole milliseconds.
  return ms(slot > after ? slot : slot + interval);
}

export function earliness(interval: Ms): Ms {
  return ms(Math.min(interval * EARLY_SHARE, EARLY_MAX_MS));
}

/**
 * The slot after the one just served. A slot that was served a little early counts as served; one that lies further ahead of the clock
 * than that was planned before the clock was set back, and does not.
 */
export function nextSlot(phase: number, interval: Ms, now: Ms, served: Ms | undefined): Ms {
  const ahead = served === undefined ? 0 : served - now;
  const counts = served !== undefined && ahead > 0 && ahead <= earliness(interval) + CLOCK_TOLERANCE_MS;
  return slotAfter(phase, interval, counts ? served : now);
}

/**
 * How long after the start a reference is read because its slot was missed while nobody worked; undefined when it can wait for the next one.
 * `aliveUntil`: until when somebody is known to have worked (wall clock); undefined: it isn't known, so that it may have been long ago.
 */
export function catchUpDelay(phase: number, interval: Ms, start: Ms, aliveUntil: Ms | undefined): Ms | undefined {
  if (interval <= CATCH_UP_MS) return undefined;
  const last = slotAfter(phase, interval, start) - interval;
  return aliveUntil !== undefined && last <= aliveUntil ? undefined : ms(Math.floor(phase / interval) % CATCH_UP_MS);
}
