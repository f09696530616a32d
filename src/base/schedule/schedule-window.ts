/** Maintenance windows: they open when a cron expression fires, and stay open for a duration. Pure. */
import { type Ms, ms } from '../time/clock.ts';
import type { CronExpression } from './cron-expression.ts';
import { formatDuration } from '../time/duration.ts';
import { quote } from '../excerpt.ts';
import { failed, ok, type Result } from '../result.ts';
import { nextDate, nextTime, parseSchedule, type Schedule } from './schedule-expression.ts';

export interface WindowSpec {
  readonly cron: string;
  /** IANA name. */
  readonly zone: string;
  /** Elapsed time: a window of three hours has three hours also in the night of a clock change. */
  readonly duration: Ms;
}

/** Times are milliseconds since the epoch. The closing time is not part of the window. */
export type WindowState =
  | { readonly isOpen: true; readonly openedAt: Ms; readonly closesAt: Ms; readonly opensNextAt: Ms }
  | { readonly isOpen: false; readonly opensNextAt: Ms };

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
const DAYS_SEEN = { from: Date.UTC(2023, 0), to: Date.UTC(2026, 0) };
/** A longer window would cover the whole week. */
const LONGEST_MS = 7 * DAY_MS;

/**
 * A window is shorter than the time between two openings, so only a change of the clock merges windows, and one change merges three at most: those on both
 * sides of it, and one that opens for the skipped times. No zone changes its clock so often that more than a few follow each other.
 */
const MOST_MERGED = 8;

/** A WindowSpec that can be. */
export interface Window {
  readonly schedule: Schedule;
  readonly duration: Ms;
}

/** The failure is a text for people of at most 300 characters. */
export function parseWindow({ cron, zone, duration }: WindowSpec): Result<Window, string> {
  const schedule = parseSchedule(cron, zone);
  if (!schedule.ok) return schedule;
  if (!(duration >= MINUTE_MS && duration <= LONGEST_MS))
    return failed('a window is open for one minute at least and seven days (168h) at most');
  const gap = leastGap(schedule.value.cron);
  if (duration < gap) return ok({ schedule: schedule.value, duration });
  return failed(`windows of ${formatDuration(duration)} overlap: ${quote(cron)} opens the next one after ${formatDuration(gap)}`);
}

/** Whether a window is open at `now`, and the time of the next one. */
export function openWindow(spec: WindowSpec, now: Ms): Result<WindowState, string> {
  const window = parseWindow(spec);
  if (!window.ok) return window;
  const state = windowAt(window.value, now);
  return state === undefined ? failed(`${quote(spec.cron)} does not fire within nine years`) : ok(state);
}

/**
 * Undefined only beyond the years that a Date can hold. Where a change of the clock skips an hour, a window may open before the one before it has closed.
 * They are one window then: `openedAt`, `closesAt` and `opensNextAt` are the same at each of its instants.
 */
export function windowAt(window: Window, now: Ms): WindowState | undefined {
  const { schedule, duration } = window;
  const opened = nextTime(schedule, ms(now - duration));
  if (opened === undefined) return undefined;
  if (opened > now) return { isOpen: false, opensNextAt: opened };
  let last = opened;
  let following = nextTime(schedule, last);
  for (let count = 0; count < MOST_MERGED && following !== undefined && following <= last + duration; count += 1) {
    last = following;
    following = nextTime(schedule, last);
  }
  if (following === undefined) return undefined;
  return { isOpen: true, openedAt: firstOfMerged(window, opened), closesAt: ms(last + duration), opensNextAt: following };
}

/** The opening from which on there has been no instant without an open window until `opened`. */
function firstOfMerged({ schedule, duration }: Window, opened: Ms): Ms {
  let first = opened;
  for (let count = 0; count < MOST_MERGED; count += 1) {
    const before = nextTime(schedule, ms(first - duration - 1));
    if (before === undefined || before >= first) break;
    first = before;
  }
  return first;
}

/** Shortest time between two firings without clock changes. */
function leastGap(cron: CronExpression): Ms {
  const { hours, minutes } = cron;
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const overnight = leastDays(cron) * DAY_MINUTES - ((times.at(-1) ?? 0) - (times[0] ?? 0));
  return ms(Math.min(...gaps, overnight) * MINUTE_MS);
}

/** Shortest number of days between two dates of the expression, in years with and without a 29th of February. */
function leastDays(cron: CronExpression): number {
  let least = DAYS_SEEN.to - DAYS_SEEN.from;
  let previous: number | undefined;
  for (let date = nextDate(cron, DAYS_SEEN.from, DAYS_SEEN.to); date !== undefined; date = nextDate(cron, date + DAY_MS, DAYS_SEEN.to)) {
    if (previous !== undefined) least = Math.min(least, date - previous);
    if (least === DAY_MS) break;
    previous = date;
  }
  return least / DAY_MS;
}
