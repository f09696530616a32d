/**
 * When a cron expression fires next in a time zone. Pure.
 *
 * Changes of the clock (decision 22): an expression that fires in every hour goes by the wall clock alone, also in an hour that occurs twice. An
 * expression with listed hours fires once for each of its local times. Of times that a change skips, it fires at the first instant after them, once
 * for all of them. Of a time that occurs twice, it fires at the first.
 */
import { type Ms, ms } from './clock.ts';
import { type CronExpression, parseCron } from './cron-expression.ts';
import { quote } from './excerpt.ts';
import { failed, ok, type Result } from './result.ts';
import { isTimeZone, type OffsetPeriod, offsetPeriods } from './time-zone.ts';

export interface Schedule {
  readonly cron: CronExpression;
  /** IANA name. */
  readonly zone: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOURS_OF_DAY = 24;
const DAY_MS = HOURS_OF_DAY * HOUR_MS;
/** Local time differs from UTC by less. */
const MOST_OFFSET_MS = 16 * HOUR_MS;
/** What is looked at in one step. */
const STEP_MS = 36 * HOUR_MS;
/** No change sets a clock back by more. */
const LOOK_BACK_MS = 26 * HOUR_MS;
/** The 29th of February may be eight years away (1896 to 1904, 2096 to 2104). */
const HORIZON_MS = 9 * 366 * DAY_MS;
/** The last instant that a Date can hold. */
const LAST_DATE_MS = 8.64e15;

/** The failure is for people, in at most 300 characters. */
export function parseSchedule(expression: string, zone: string): Result<Schedule, string> {
  const cron = parseCron(expression);
  if (!cron.ok) return cron;
  if (!isTimeZone(zone))
    return failed(`${quote(zone)} is not a time zone; write a name of the IANA data base, such as Europe/Berlin or UTC`);
  return ok({ cron: cron.value, zone });
}

/** The first instant after `after` (milliseconds since the epoch) at which the expression fires. */
export function next(expression: string, zone: string, after: Ms): Result<Ms, string> {
  const schedule = parseSchedule(expression, zone);
  if (!schedule.ok) return schedule;
  const at = nextTime(schedule.value, after);
  return at === undefined ? failed(`${quote(expression)} does not fire within nine years`) : ok(at);
}

/** Undefined only beyond the years that a Date can hold. */
export function nextTime(schedule: Schedule, after: Ms): Ms | undefined {
  const end = Math.min(after + HORIZON_MS, LAST_DATE_MS - STEP_MS);
  for (let from = after + 1; from < end;) {
    const to = from + STEP_MS;
    const found = firstBetween(schedule, from, to);
    if (found !== undefined) return found;
    // Local time had not come further than this date at `to`.
    const date = nextDate(schedule.cron, dayOf(to - MOST_OFFSET_MS), end);
    if (date === undefined) return undefined;
    from = Math.max(to, date - MOST_OFFSET_MS);
  }
  return undefined;
}

function firstBetween({ cron, zone }: Schedule, from: number, to: number): Ms | undefined {
  const isHourly = cron.hours.length === HOURS_OF_DAY;
  // How far local time has come: what lies before it has had its turn.
  let reached: number | undefined;
  for (const period of offsetPeriods(zone, from - LOOK_BACK_MS, to)) {
    const at = isHourly ? firstByWallClock(cron, period, from) : firstInTurn(cron, period, from, reached);
    if (at !== undefined) return at;
    reached = Math.max(reached ?? Number.NEGATIVE_INFINITY, period.to + period.offset);
  }
  return undefined;
}

/** The first time from `from` on that the wall clock shows one of the expression's times. */
function firstByWallClock(cron: CronExpression, period: OffsetPeriod, from: number): Ms | undefined {
  const start = Math.max(period.from, from);
  const local = firstLocal(cron, start + period.offset, period.to + period.offset);
  return local === undefined ? undefined : ms(local - period.offset);
}

/** The same, where a time that has had its turn does not count, and one that was skipped fires as the period begins. */
function firstInTurn(cron: CronExpression, period: OffsetPeriod, from: number, reached: number | undefined): Ms | undefined {
  const { offset } = period;
  const begin = period.from + offset;
  if (reached !== undefined && reached < begin && period.from >= from && firstLocal(cron, reached, begin) !== undefined) return period.from;
  const start = Math.max(begin, from + offset, reached ?? begin);
  const local = firstLocal(cron, start, period.to + offset);
  return local === undefined ? undefined : ms(local - offset);
}

/** The first of the expression's times from `from` until before `to`, both as local time counted like UTC. */
function firstLocal(cron: CronExpression, from: number, to: number): number | undefined {
  for (let day = dayOf(from); day < to; day += DAY_MS) {
    if (!hasDate(cron, new Date(day))) continue;
    const time = firstOfDay(cron, Math.ceil(Math.max(from - day, 0) / MINUTE_MS));
    if (time !== undefined) return day + time * MINUTE_MS < to ? day + time * MINUTE_MS : undefined;
  }
  return undefined;
}

/** Minutes since midnight, at least `least`. */
function firstOfDay({ hours, minutes }: CronExpression, least: number): number | undefined {
  for (const hour of hours) {
    if (hour * 60 + 59 < least) continue;
    const minute = minutes.find((one) => hour * 60 + one >= least);
    if (minute !== undefined) return hour * 60 + minute;
  }
  return undefined;
}

/** Midnight of the first date from `day` until before `end` that the expression names: by month, then by day. */
export function nextDate(cron: CronExpression, day: number, end: number): number | undefined {
  const date = new Date(day);
  while (date.getTime() < end) {
    if (!cron.months.includes(date.getUTCMonth() + 1)) date.setUTCMonth(date.getUTCMonth() + 1, 1);
    else if (hasDate(cron, date)) return date.getTime();
    else date.setUTCDate(date.getUTCDate() + 1);
  }
  return undefined;
}

function hasDate({ daysOfMonth, months, daysOfWeek }: CronExpression, date: Date): boolean {
  return daysOfWeek.includes(date.getUTCDay()) && daysOfMonth.includes(date.getUTCDate()) && months.includes(date.getUTCMonth() + 1);
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}
