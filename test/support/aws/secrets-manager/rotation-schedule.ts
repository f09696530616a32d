// The next time of a rotation: AutomaticallyAfterDays, rate(), and plain cron() fields, all in UTC.
import { invalidParameter } from '../aws-error.ts';
import type { RotationRules, Secret } from './secret.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SCAN_HOURS = 24 * 366 * 2;

/** Due time, or undefined when rotation is off or the schedule uses cron extensions (`L`, `W`, `#`) that this emulator does not compute. */
export function nextRotationMs({ rotation, rotatedMs, createdMs }: Secret): number | undefined {
  if (!rotation?.enabled || !rotation.rules) return undefined;
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rotation.rules;
  const last = rotatedMs ?? createdMs;
  if (days !== undefined) return Math.floor((last + days * DAY_MS) / DAY_MS) * DAY_MS + DAY_MS - 1000;
  if (expression === undefined) return undefined;
  const rate = rateMs(expression);
  return rate === undefined ? nextCronMs(expression, last) : last + rate;
}

/** @throws InvalidParameterException for schedules that Secrets Manager refuses. */
export function checkRules(rules: RotationRules | undefined): void {
  const expression = rules?.ScheduleExpression;
  if (rules?.AutomaticallyAfterDays !== undefined && expression !== undefined) {
    throw invalidParameter('You can specify either AutomaticallyAfterDays or ScheduleExpression, but not both.');
  }
  if (expression === undefined) return;
  const rate = rateMs(expression);
  if (rate === undefined ? !/^cron\(0 \S+ \S+ \S+ \S+ \S+\)$/.test(expression) : rate < 4 * HOUR_MS || rate > 999 * DAY_MS) {
    throw invalidParameter('The ScheduleExpression is invalid: rotate at most every four hours, on the hour.');
  }
}

function rateMs(expression: string): number | undefined {
  const match = /^rate\((\d+) (hour|day)s?\)$/.exec(expression);
  return match ? Number(match[1]) * (match[2] === 'day' ? DAY_MS : HOUR_MS) : undefined;
}

function nextCronMs(expression: string, afterMs: number): number | undefined {
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(' ') ?? [];
  if (fields.some((text) => /[LW#]/.test(text.replace(/JUL|WED/g, '')))) return undefined;
  const [, hour = '*', day = '*', month = '*', weekday = '*', year = '*'] = fields;
  let at = Math.floor(afterMs / HOUR_MS) * HOUR_MS;
  for (let scanned = 0; scanned < SCAN_HOURS; scanned++) {
    at += HOUR_MS;
    const date = new Date(at);
    const wanted: readonly (readonly [string, number])[] = [
      [hour, date.getUTCHours()],
      [day, date.getUTCDate()],
      [named(month, MONTHS, 1), date.getUTCMonth() + 1],
      [named(weekday, WEEKDAYS, 1), date.getUTCDay() + 1],
      [year, date.getUTCFullYear()],
    ];
    if (wanted.every(([text, value]) => cronFieldHas(text, value))) return at;
  }
  return undefined;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const named = (text: string, names: readonly string[], first: number): string =>
  text.replace(/[A-Z]{3}/g, (name) => String(names.indexOf(name) + first));

function cronFieldHas(text: string, value: number): boolean {
  return text.split(',').some((part) => {
    const [range = '*', step = '1'] = part.split('/');
    if (range === '*' || range === '?') return value % Number(step) === 0;
    const [from, to] = range.split('-').map(Number);
    const end = to ?? (part.includes('/') ? Number.POSITIVE_INFINITY : from!);
    return value >= from! && value <= end && (value - from!) % Number(step) === 0;
  });
}
