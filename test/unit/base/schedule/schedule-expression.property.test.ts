// Compares with a second implementation, which checks each minute with the local time of Intl.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createTask } from 'node-cron';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import { next, nextTime, parseSchedule, type Schedule } from '../../../../src/base/schedule/schedule-expression.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SIZES = { minute: [0, 59], hour: [0, 23], dayOfMonth: [1, 31], month: [1, 12], dayOfWeek: [0, 6] } as const;
const ZONES = Intl.supportedValuesOf('timeZone');

interface Field {
  readonly text: string;
  readonly has: (value: number) => boolean;
}

interface Expression {
  readonly text: string;
  readonly fields: Readonly<Record<keyof typeof SIZES, Field>>;
}

const ANY: Field = { text: '*', has: () => true };

/** A list of values, ranges and steps, and what it means. */
function fieldOf([least, most]: readonly [number, number]): fc.Arbitrary<Field> {
  const value = fc.integer({ min: least, max: most });
  const step = fc.integer({ min: 1, max: Math.min(most, 7) });
  const parts: fc.Arbitrary<Field>[] = [
    value.map((one) => ({ text: String(one), has: (other: number) => other === one })),
    step.map((by) => ({ text: `*/${by}`, has: (other: number) => (other - least) % by === 0 })),
    fc.tuple(value, value, step).map(([one, other, by]) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      return { text: `${from}-${to}/${by}`, has: (at: number) => at >= from && at <= to && (at - from) % by === 0 };
    }),
  ];
  const list = fc
    .array(fc.oneof(...parts), { minLength: 1, maxLength: 3 })
    .map((all) => ({ text: all.map(({ text }) => text).join(','), has: (at: number) => all.some(({ has }) => has(at)) }));
  return fc.oneof(fc.constant(ANY), list);
}

const expressions: fc.Arbitrary<Expression> = fc
  .record({
    minute: fieldOf(SIZES.minute),
    hour: fieldOf(SIZES.hour),
    day: fc.oneof(
      fieldOf(SIZES.dayOfMonth).map((dayOfMonth) => ({ dayOfMonth, dayOfWeek: ANY })),
      fieldOf(SIZES.dayOfWeek).map((dayOfWeek) => ({ dayOfMonth: ANY, dayOfWeek })),
    ),
    month: fieldOf(SIZES.month),
  })
  .map(({ minute, hour, day, month }) => {
    const fields = { minute, hour, month, ...day };
    return { fields, text: [minute, hour, day.dayOfMonth, month, day.dayOfWeek].map(({ text }) => text).join(' ') };
  });

/** Local time of an instant, counted as if it was UTC. */
type LocalClock = (at: number) => number;

function localClock(zone: string): LocalClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (format.format(at).match(/\d+/g) ?? []).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute);
  };
}

/** The same, where the time of each minute from `from` until before `to` is asked of Intl once for all walks over them. */
function clockOf(localAt: LocalClock, from: number, to: number): LocalClock {
  const minutes = Array.from({ length: (to - from) / MINUTE_MS }, (_, minute) => localAt(from + minute * MINUTE_MS));
  return (at) => minutes[(at - from) / MINUTE_MS] ?? localAt(at);
}

function fires({ fields }: Expression, local: number): boolean {
  const date = new Date(local);
  return (
    fields.minute.has(date.getUTCMinutes()) &&
    fields.hour.has(date.getUTCHours()) &&
    fields.dayOfMonth.has(date.getUTCDate()) &&
    fields.month.has(date.getUTCMonth() + 1) &&
    fields.dayOfWeek.has(date.getUTCDay())
  );
}

/** No change sets a clock back by as much. */
const LOOK_BACK_MS = 27 * HOUR_MS;

/** All times after `after` and before `end`, in order. No time has had its turn in a change more than `lookBack` before `after`. */
function* walk(expression: Expression, localAt: LocalClock, after: number, end: number, lookBack = LOOK_BACK_MS): Generator<number, void> {
  const isHourly = Array.from({ length: 24 }, (_, hour) => hour).every((hour) => expression.fields.hour.has(hour));
  const begin = Math.floor((after - lookBack) / MINUTE_MS) * MINUTE_MS;
  let shown = localAt(begin);
  for (let at = begin + MINUTE_MS; at < end; at += MINUTE_MS) {
    const local = localAt(at);
    let isDue = isHourly && fires(expression, local);
    // A clock that shows each minute once: it runs through all that is left out, and stands still while a time comes again.
    while (shown < local) {
      shown += MINUTE_MS;
      isDue ||= !isHourly && fires(expression, shown);
    }
    if (isDue && at > after) yield at;
  }
}

/** Instants between 2000 and 2037 shortly before an offset changes, and any. */
function instants(zone: string): fc.Arbitrary<number> {
  const localAt = localClock(zone);
  return fc
    .record({
      month: fc.integer({ min: 0, max: 37 * 12 }),
      back: fc.integer({ min: 0, max: 2 * DAY_MS }),
      seeksChange: fc.boolean(),
    })
    .map(({ month, back, seeksChange }) => {
      const begin = Date.UTC(2000, month);
      return (seeksChange ? changeAfter(localAt, begin) : begin) + DAY_MS - back;
    });
}

/** The begin of the first day within eight months in which the offset changes, else the end of them. */
function changeAfter(localAt: (at: number) => number, begin: number): number {
  let day = begin;
  while (day < begin + 240 * DAY_MS && localAt(day) + DAY_MS === localAt(day + DAY_MS)) day += DAY_MS;
  return day;
}

/** The begins of the days of 2025 in which the offset changes. */
function changesIn2025(localAt: LocalClock): readonly number[] {
  const begin = Date.UTC(2025, 0);
  const offsets = Array.from({ length: 366 }, (_, day) => localAt(begin + day * DAY_MS) - day * DAY_MS);
  return offsets.flatMap((offset, day) => (day > 0 && offset !== offsets[day - 1] ? [begin + (day - 1) * DAY_MS] : []));
}

/** One follows the wall clock, the others fire once for each local time. */
const DAILY: readonly Expression[] = [
  dailyExpression('15,30', '0-22', { minute: (at) => at === 15 || at === 30, hour: (at) => at < 23 }),
  dailyExpression('*/15', '*', { minute: (at) => at % 15 === 0, hour: () => true }),
  dailyExpression('30', '2', { minute: (at) => at === 30, hour: (at) => at === 2 }),
  dailyExpression('0', '*/2', { minute: (at) => at === 0, hour: (at) => at % 2 === 0 }),
];

function dailyExpression(minute: string, hour: string, has: Readonly<Record<'minute' | 'hour', (value: number) => boolean>>): Expression {
  const fields = {
    minute: { text: minute, has: has.minute },
    hour: { text: hour, has: has.hour },
    dayOfMonth: ANY,
    month: ANY,
    dayOfWeek: ANY,
  };
  return { text: `${minute} ${hour} * * *`, fields };
}

/** All times after `after` and before `end`, by the code. */
function timesOf(text: string, zone: string, after: number, end: number): readonly number[] {
  const schedule = parseSchedule(text, zone);
  if (!schedule.ok) throw new Error(schedule.failure);
  const times: number[] = [];
  for (let at = nextTime(schedule.value, ms(after)); at !== undefined && at < end; at = nextTime(schedule.value, at)) times.push(at);
  return times;
}

const cases = fc
  .tuple(fc.constantFrom(...ZONES), expressions)
  .chain(([zone, expression]) => instants(zone).map((after) => ({ zone, expression, after, text: expression.text })));

describe('next, against a walk by the minute', () => {
  it('agrees in all zones, near changes of the clock and far from them', () => {
    fc.assert(
      fc.property(cases, ({ zone, expression, after }) => {
        const found = next(expression.text, zone, ms(after));
        if (!found.ok) {
          expect(found.failure).toContain('never fires');
          return;
        }
        const end = Math.floor(after / MINUTE_MS) * MINUTE_MS + 2 * DAY_MS;
        const expected = walk(expression, localClock(zone), after, end).next().value;
        if (expected === undefined) expect(found.value).toBeGreaterThanOrEqual(end);
        else expect(new Date(found.value)).toEqual(new Date(expected));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves no zone and no change out: all that is due on the day of each of them', () => {
    let changes = 0;
    for (const zone of ZONES) {
      const localAt = localClock(zone);
      for (const day of changesIn2025(localAt)) {
        changes += 1;
        // With the times that come again after a change at the end of the day. Just before the day, the clock did not change.
        const end = day + DAY_MS + 2 * HOUR_MS;
        const clock = clockOf(localAt, day - HOUR_MS, end);
        for (const expression of DAILY) {
          const expected = [...walk(expression, clock, day, end, HOUR_MS)];
          expect([zone, expression.text, timesOf(expression.text, zone, day, end)]).toEqual([zone, expression.text, expected]);
        }
      }
    }
    // Two of each of the zones that have summer time, in Europe, America, Australia and elsewhere.
    expect(changes).toBeGreaterThan(200);
  });

  it('increases strictly, and leaves nothing out: from before a time it is that time', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), ({ zone, text, after }, share) => {
        const schedule = parseSchedule(text, zone);
        if (!schedule.ok) return;
        let before = ms(after);
        for (let count = 0; count < 20; count += 1) {
          const at = nextTime(schedule.value, before);
          if (at === undefined) throw new Error('it does not fire again');
          expect(at).toBeGreaterThan(before);
          const between = Math.min(Math.floor(before + (at - before) * share), at - 1);
          expect(nextTime(schedule.value, ms(between))).toBe(at);
          before = at;
        }
      }),
      { numRuns: 100 },
    );
  });

  it('goes over years as a walk by the day does', () => {
    fc.assert(
      fc.property(expressions, fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2200, 0) }), (expression, after) => {
        const found = next(expression.text, 'UTC', ms(after));
        expect(found.ok ? found.value : undefined).toBe(walkByDays(expression, after));
      }),
      { numRuns: 100 },
    );
  });

  it('fires when node-cron matches', () => {
    fc.assert(
      fc.property(cases, ({ zone, text, after }) => {
        const schedule = parseSchedule(text, zone);
        if (!schedule.ok) return;
        const at = nextTime(schedule.value, ms(after));
        const isSteady = at !== undefined && offsetsAround(schedule.value, at) === 1;
        if (isSteady) expect(isMatchOfNodeCron(text, zone, at)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

function walkByDays(expression: Expression, after: number): number | undefined {
  const { minute, hour } = expression.fields;
  const first = Math.floor(after / DAY_MS) * DAY_MS;
  for (let day = first; day < first + 8.1 * 366 * DAY_MS; day += DAY_MS) {
    const probe = { ...expression, fields: { ...expression.fields, minute: ANY, hour: ANY } };
    if (!fires(probe, day)) continue;
    for (let time = 0; time < 1_440; time += 1) {
      if (hour.has(Math.floor(time / 60)) && minute.has(time % 60) && day + time * MINUTE_MS > after) return day + time * MINUTE_MS;
    }
  }
  return undefined;
}

/** How many offsets apply within a day and a half before and after. */
function offsetsAround({ zone }: Schedule, at: Ms): number {
  const localAt = localClock(zone);
  return new Set([at - 1.5 * DAY_MS, at, at + 1.5 * DAY_MS].map((one) => localAt(one) - Math.floor(one / MINUTE_MS) * MINUTE_MS)).size;
}

function isMatchOfNodeCron(text: string, timezone: string, at: Ms): boolean {
  const task = createTask(text, () => undefined, { timezone });
  try {
    return task.match(new Date(at));
  } finally {
    void task.destroy();
  }
}
