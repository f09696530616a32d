/**
 * Rotation schedules of AWS Secrets Manager, always in UTC: `rate(30 days)` and `cron(0 2 ? * SAT *)`
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html). Pure.
 */
import { type Ms, ms } from '../time/clock.ts';
import { LONGEST_EXPRESSION } from './cron-expression.ts';
import { quote } from '../excerpt.ts';
import { failed, ok, type Result } from '../result.ts';
import { nextTime, parseSchedule, type Schedule } from './schedule-expression.ts';

export type AwsSchedule =
  | ({ readonly kind: 'cron' } & Schedule)
  /** `every`: whole hours or days. After that time, a window opens at the full hour or at midnight (`unit`). */
  | { readonly kind: 'rate'; readonly every: Ms; readonly unit: Ms };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LEAST_HOURS = 4;
const MOST_DAYS = 999;
const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

/** The failure is a text for people of at most 300 characters. */
export function parseAwsSchedule(text: string): Result<AwsSchedule, string> {
  if (text.length > LONGEST_EXPRESSION) return failed(`the schedule expression is longer than ${LONGEST_EXPRESSION} characters`);
  const problem = (why: string): Result<never, string> => failed(`schedule expression ${quote(text)}: ${why}`);
  const rate = /^rate\((\d{1,6}) (hours?|days?)\)$/.exec(text);
  if (rate !== null) return parseRate(Number(rate[1]), rate[2] ?? '', problem);
  const cron = /^cron\(([^()]+)\)$/.exec(text)?.[1];
  if (cron === undefined) return problem('it is neither rate(30 days), rate(12 hours) nor cron(0 2 ? * SAT *)');
  return parseFields(cron.trim().split(/ +/), problem);
}

/**
 * The time when a secret that was rotated at `lastRotated` is due. A rate is due at the start of the hour or day (UTC) in which it ends,
 * because AWS opens the window then.
 */
export function nextRotation(schedule: AwsSchedule, lastRotated: Ms): Ms | undefined {
  if (schedule.kind === 'cron') return nextTime(schedule, lastRotated);
  return ms(Math.floor((lastRotated + schedule.every) / schedule.unit) * schedule.unit);
}

type Problem = (why: string) => Result<never, string>;

function parseRate(count: number, unit: string, problem: Problem): Result<AwsSchedule, string> {
  if ((count === 1) === unit.endsWith('s')) return problem(`write ${count === 1 ? 'hour or day' : 'hours or days'} after ${count}`);
  const unitMs = unit.startsWith('hour') ? HOUR_MS : DAY_MS;
  const every = count * unitMs;
  if (every < LEAST_HOURS * HOUR_MS) return problem(`secrets are rotated every ${LEAST_HOURS} hours at most`);
  if (every > MOST_DAYS * DAY_MS) return problem(`secrets are rotated every ${MOST_DAYS} days at least`);
  return ok({ kind: 'rate', every: ms(every), unit: ms(unitMs) });
}

function parseFields(fields: readonly string[], problem: Problem): Result<AwsSchedule, string> {
  const [, hours = '', daysOfMonth = '', months = '', daysOfWeek = ''] = fields;
  const unlike = problemOfFields(fields);
  if (unlike !== undefined) return problem(unlike);
  const standard = [
    '0',
    withRanges(hours, '0', '23'),
    withRanges(daysOfMonth, '1', '31'),
    withRanges(months, '1', '12'),
    withDayNames(withRanges(daysOfWeek, '1', '7')),
  ];
  const schedule = parseSchedule(standard.map((field) => (field === '?' ? '*' : field)).join(' '), 'UTC');
  if (!schedule.ok) return problem(schedule.failure.replace(/^cron expression ".*": /, ''));
  const { hours: opens } = schedule.value.cron;
  const gaps = opens.map((hour, index) => (opens[index + 1] ?? 24 + (opens[0] ?? 0)) - hour);
  if (Math.min(...gaps) < LEAST_HOURS) return problem(`secrets are rotated every ${LEAST_HOURS} hours at most`);
  return ok({ kind: 'cron', ...schedule.value });
}

/** Checks the fields that only AWS has. Fields that all cron dialects share are checked later. */
function problemOfFields(fields: readonly string[]): string | undefined {
  const [minutes, , daysOfMonth, , daysOfWeek = '', year] = fields;
  if (fields.length !== 6) return `it has ${fields.length} fields, not the six of AWS, the last of which is the year`;
  if (minutes !== '0') return 'the minutes must be 0: windows open at the full hour';
  if (year !== '*') return 'the year must be *';
  if ((daysOfMonth === '?') === (daysOfWeek === '?')) return 'write ? for one of day of month and day of week, and only for one';
  const strange = daysOfWeek.split(/[^\w]/).find((day) => /^(?:0+|[89]|\d\d+)$/.test(day));
  return strange === undefined ? undefined : `day of week: ${strange} is not within 1 (Sunday) to 7`;
}

/** AWS allows a step without a range: `8/12` runs to the end, `/12` covers all values. */
function withRanges(field: string, least: string, most: string): string {
  return field
    .split(',')
    .map((part) => part.replace(/^(\w*)\/(?=\d+$)/, (_all, first: string) => `${first === '' ? least : first}-${most}/`))
    .join(',');
}

/**
 * AWS counts the days of the week from 1 (Sunday), other cron dialects from 0. Names are the same, so numbers become names. Steps stay
 * unchanged.
 */
function withDayNames(field: string): string {
  return field.replaceAll(/(?<![\w/])\d+|(?<=\d-)\d+|(?<=[A-Z]-)\d+/gi, (day) => DAY_NAMES[Number(day) - 1] ?? day);
}
