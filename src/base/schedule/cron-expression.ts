/**
 * Five-field cron expressions, parsed by node-cron. Expressions with different meanings in cron dialects are refused with a suggestion.
 * Pure.
 */
import { validateDetailed } from 'node-cron';
import { quote } from '../excerpt.ts';
import { failed, ok, type Result } from '../result.ts';

/** The values at which an expression fires: each list ascending, without duplicates, never empty. */
export interface CronExpression {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 31. */
  readonly daysOfMonth: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  /** 0 (Sunday) to 6. */
  readonly daysOfWeek: readonly number[];
}

/** The limit of AWS for a ScheduleExpression. */
export const LONGEST_EXPRESSION = 256;

/** Macros with the same meaning in vixie-cron and robfig/cron (Kubernetes). `@reboot` and `@every` have no time of day. */
const MACROS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** In the order of their numbers; the first is `least`. */
  readonly names: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const FIELDS = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 6, names: DAYS },
] as const satisfies readonly Field[];

/** The failure is a text for people of at most 300 characters: the problem, and a suggestion. */
export function parseCron(text: string): Result<CronExpression, string> {
  if (text.length > LONGEST_EXPRESSION) return failed(`the cron expression is longer than ${LONGEST_EXPRESSION} characters`);
  const problem = (why: string): Result<never, string> => failed(`cron expression ${quote(text)}: ${why}`);
  const trimmed = text.trim();
  if (/^(?:CRON_)?TZ=/.test(trimmed)) return problem('a time zone is given in its own field');
  if (trimmed === '') return failed('the cron expression is empty');
  const expanded = trimmed.startsWith('@') ? MACROS.get(trimmed.toLowerCase()) : trimmed;
  if (expanded === undefined) return problem(`the only macros are ${[...MACROS.keys()].join(', ')}`);
  const fields = expanded.split(/[ \t]+/);
  const why = problemOfFields(fields);
  return why === undefined ? valuesOf(fields.map(withoutRepeats).join(' '), problem) : problem(why);
}

function problemOfFields(fields: readonly string[]): string | undefined {
  if (fields.length !== FIELDS.length) {
    const seconds = fields.length > FIELDS.length ? ', without seconds or years' : '';
    return `fields: ${fields.length} instead of five (minute, hour, day of month, month, day of week)${seconds}`;
  }
  for (const [index, field] of FIELDS.entries()) {
    const why = problemOf(field, fields[index] ?? '');
    if (why !== undefined) return `${field.name}: ${why}`;
  }
  const days = [fields[2], fields[4]].filter((day) => day !== '*' && day !== '?');
  if (days.length < 2) return undefined;
  return 'day of month and day of week are both restricted: some read that as either, some as both; write * for one of them';
}

/** node-cron expands each part of a list, so values can occur twice. */
function withoutRepeats(field: string): string {
  return [...new Set(field.split(','))].join(',');
}

function valuesOf(expression: string, problem: (why: string) => Result<never, string>): Result<CronExpression, string> {
  const { fields } = validateDetailed(expression);
  // All other errors of node-cron.
  if (fields === undefined) return problem('it never fires: no month that it names has such a day');
  return ok({
    minutes: ascending(fields.minute),
    hours: ascending(fields.hour),
    daysOfMonth: ascending(fields.dayOfMonth),
    months: ascending(fields.month),
    daysOfWeek: ascending(fields.dayOfWeek),
  });
}

function ascending(values: readonly (number | string)[]): readonly number[] {
  return [...new Set(values.map(Number))].sort((one, other) => one - other);
}

/** `*`, `3`, `MON`, `1-5`, each of them except a single value with an optional step (`/2`). */
const PART = /^(?:\*|([A-Za-z]+|\d{1,4})(?:-([A-Za-z]+|\d{1,4}))?)(?:\/(\d{1,4}))?$/;

/** Extensions of Quartz and AWS: `L`, `L-3`, `LW`, `15W`, `5L`, `FRIL`, `5#2`. */
const EXTENSION = /^(?:LW?|L-\d+|\d+[LW]|[A-Z]{3}L|.*#.*)$/i;

function problemOf(field: Field, text: string): string | undefined {
  if (text === '?') return field.name.startsWith('day') ? undefined : '"?" stands for a day only; write *';
  for (const part of text.split(',')) {
    const why = problemOfPart(field, part);
    if (why !== undefined) return why;
  }
  return undefined;
}

function problemOfPart(field: Field, part: string): string | undefined {
  if (EXTENSION.test(part)) return 'L, W and # are not supported';
  const match = PART.exec(part);
  if (match === null) return `${quote(part, 20)} is no value, range or step`;
  const [, first, last, step] = match;
  for (const value of [first, last]) {
    const why = value === undefined ? undefined : problemOfValue(field, value);
    if (why !== undefined) return why;
  }
  return problemOfRange(field, first, last) ?? problemOfStep(field, first, last, step);
}

function problemOfValue({ name, least, most, names }: Field, text: string): string | undefined {
  if (names.includes(text.toUpperCase())) return undefined;
  if (!/^\d+$/.test(text)) return `${quote(text, 20)} is not a value${names.length > 0 ? ` (names are ${names[0]}, ${names[1]} …)` : ''}`;
  const value = Number(text);
  // 7 is Sunday in vixie-cron, an error in Kubernetes, and Saturday in dialects that count from 1.
  if (name === 'day of week' && value === 7) return '7 is Sunday to some and Saturday to others; write SUN or SAT';
  return value < least || value > most ? `${value} is not within ${least} to ${most}` : undefined;
}

function problemOfRange(field: Field, first: string | undefined, last: string | undefined): string | undefined {
  if (first === undefined || last === undefined || numberOf(field, first) <= numberOf(field, last)) return undefined;
  return `the range ${first}-${last} runs backwards; write it as two ranges, such as 22-23,0-2`;
}

function problemOfStep(field: Field, first: string | undefined, last: string | undefined, step: string | undefined): string | undefined {
  if (step === undefined) return undefined;
  if (Number(step) === 0) return 'a step of 0';
  if (Number(step) > field.most) return `a step of ${Number(step)} is more than ${field.most}`;
  // vixie-cron refuses it, other dialects read it as a range to the end.
  return first !== undefined && last === undefined ? `a step needs a range; write ${first}-${field.most}/${step}` : undefined;
}

function numberOf({ least, names }: Field, text: string): number {
  const named = names.indexOf(text.toUpperCase());
  return named < 0 ? Number(text) : named + least;
}
