/**
 * The next time of a cron expression in a time zone. Pure.
 *
 * Changes of the clock (decision 22): an expression that fires in every hour follows the wall clock, also in an hour that occurs twice. An
 * expression with listed hours fires once for each of its local times. If a change skips times, it fires once, at the first instant after
 * them. If a time occurs twice, it fires at the first.
 */
import { type Ms, ms } from '../time/clock.ts';
import { type CronExpression, parseCron } from './cron-expression.ts';
import { quote } from '../excerpt.ts';
import { failed, ok, type Result } from '../result.ts';
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
/** Maximum difference between local time and UTC. */
const MOST_OFFSET_MS = 16 * HOUR_MS;
/** Length of the period of one step. */
const STEP_MS = 36 * HOUR_MS;
/** A change sets a clock back by at most this time. */
const LOOK_BACK_MS = 26 * HOUR_MS;
/** The next 29th of February can be eight years away (1896 to 1904, 2096 to 2104). */
const HORIZON_MS = 9 * 366 * DAY_MS;
/** The latest time of a Date. */
const LAST_DATE_MS = 8.64e15;

/** The failure is a text for people of at most 300 characters. */
export function parseSchedule(expression: string, zone: string): Result<Schedule, string> {
  const cron = parseCron(expression);
  if (!cron.ok) return cron;
  if (!isTimeZone(zone))
    return failed(`${quote(zone)} is not a time zone; write a name of the IANA data base, such as Europe/Berlin or UTC`);
  return ok({ cron: cron.value, zone });
}

/** The first time after `after` (milliseconds since the epoch) at which the expression fires. */
export function next(expression: string, zone: string, after: Ms): Result<Ms, string> {
  const schedule = parseSchedule(expression, zone);
  if (!schedule.ok) return schedule;
  const at = nextTime(schedule.value, after);
  return at === undefined ? failed(`${quote(expression)} does not fire within nine years`) : ok(at);
}

/** Undefined only after the years of a Date. */
export function nextTime(schedule: Schedule, after: Ms): Ms | undefined {
  const end = Math.min(after + HORIZON_MS, LAST_DATE_MS - STEP_MS);
  for (let from = after + 1; from < end;) {
    const to = from + STEP_MS;
    const found = firstBetween(schedule, from, to);
    if (found !== undefined) return found;
    // At `to`, local time has not passed this date.
    const date = nextDate(schedule.cron, dayOf(to - MOST_OFFSET_MS), end);
    if (date === undefined) return undefined;
    from = Math.max(to, date - MOST_OFFSET_MS);
  }
  return undefined;
}

function firstBetween({ cron, zone }: Schedule, from: number, to: number): Ms | undefined {
  const isHourly = cron.hours.length === HOURS_OF_DAY;
  // Latest local time that was already used.
  let reached: number | undefined;
  for (const period of offsetPeriods(zone, from - LOOK_BACK_MS, to)) {
    const at = isHourly ? firstByWallClock(cron, period, from) : firstInTurn(cron, period, from, reached);
    if (at !== undefined) return at;
    reached = Math.max(reached ?? Number.NEGATIVE_INFINITY, period.to + period.offset);
  }
  return undefined;
}

/** The first instant from `from` at which the wall clock shows a time of the expression. */
function firstByWallClock(cron: CronExpression, period: OffsetPeriod, from: number): Ms | undefined {
  const start = Math.max(period.from, from);
  const local = firstLocal(cron, start + period.offset, period.to + period.offset);
  return local === undefined ? undefined : ms(local - period.offset);
}

/** The same, but times before `reached` do not count, and a skipped time fires at the start of the period. */
function firstInTurn(cron: CronExpression, period: OffsetPeriod, from: number, reached: number | undefined): Ms | undefined {
  const { offset } = period;
  const begin = period.from + offset;
  if (reached !== undefined && reached < begin && period.from >= from && firstLocal(cron, reached, begin) !== undefined) return period.from;
  const start = Math.max(begin, from + offset, reached ?? begin);
  const local = firstLocal(cron, start, period.to + offset);
  return local === undefined ? undefined : ms(local - offset);
}

/** The first time of the expression from `from` to before `to`. Both are local times in the form of UTC times. */
function firstLocal(cron: CronExpression, from: number, to: number): number | undefined {
  for (let day = dayOf(from); day < to; day += DAY_MS) {
    if (!hasDate(cron, new Date(day))) continue;
    const time = firstOfDay(cron, Math.ceil(Math.max(from - day, 0) / MINUTE_MS));
    if (time !== undefined) return day + time * MINUTE_MS < to ? day + time * MINUTE_MS : undefined;
  }
  return undefined;
}

/** The first time of the day, in minutes since midnight, that is at least `least`. */
function firstOfDay({ hours, minutes }: CronExpression, least: number): number | undefined {
  for (const hour of hours) {
    if (hour * 60 + 59 < least) continue;
    const minute = minutes.find((one) => hour * 60 + one >= least);
    if (minute !== undefined) return hour * 60 + minute;
  }
  return undefined;
}

/** Midnight of the first date of the expression from `day` to before `end`. */
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
