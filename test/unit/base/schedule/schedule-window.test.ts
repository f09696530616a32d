import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import { nextTime } from '../../../../src/base/schedule/schedule-expression.ts';
import { openWindow, parseWindow, type Window, windowAt } from '../../../../src/base/schedule/schedule-window.ts';
import { offsetPeriods } from '../../../../src/base/schedule/time-zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function at(text: string): Ms {
  return ms(Date.parse(text));
}

function hours(count: number): Ms {
  return ms(count * HOUR_MS);
}

const NIGHTLY = { cron: '0 2 * * 6', zone: 'Europe/Berlin', duration: hours(3) };

/** Of each expression: from one opening to the next, at least. */
const LEAST_HOURS: ReadonlyMap<string, number> = new Map([
  ['0 12 * * *', 24],
  ['30 1-3 * * *', 1],
  ['0 */2 * * *', 2],
  ['30 23,11 * * *', 12],
  ['15 1 * * SUN', 168],
  ['*/20 0-5 * * *', 1 / 3],
  ['30 * * * *', 1],
]);

/** In years in which each of the zones has some, and Samoa leaves out a day. */
function changes(zone: string): readonly number[] {
  return Array.from(offsetPeriods(zone, Date.UTC(2011, 0), Date.UTC(2013, 0)), ({ from }) => from).slice(1);
}

/** As long as that share of the least time between two openings. */
function longWindow(cron: string, zone: string, share: number): Window {
  const window = parseWindow({ cron, zone, duration: hours(share * (LEAST_HOURS.get(cron) ?? 0)) });
  if (!window.ok) throw new Error(window.failure);
  return window.value;
}

describe('openWindow', () => {
  it('is open from its opening until before its closing', () => {
    const open = {
      isOpen: true,
      openedAt: at('2025-06-07T00:00Z'),
      closesAt: at('2025-06-07T03:00Z'),
      opensNextAt: at('2025-06-14T00:00Z'),
    };
    expect(openWindow(NIGHTLY, at('2025-06-06T23:59:59.999Z'))).toEqual({ ok: true, value: { isOpen: false, opensNextAt: open.openedAt } });
    expect(openWindow(NIGHTLY, open.openedAt)).toEqual({ ok: true, value: open });
    expect(openWindow(NIGHTLY, at('2025-06-07T02:59:59.999Z'))).toEqual({ ok: true, value: open });
    expect(openWindow(NIGHTLY, open.closesAt)).toEqual({ ok: true, value: { isOpen: false, opensNextAt: open.opensNextAt } });
  });

  it('lasts as long in the nights in which the clock changes', () => {
    const daily = { ...NIGHTLY, cron: '0 2 * * *' };
    const open = (now: string) => openWindow(daily, at(now));
    expect(open('2025-03-30T03:30Z')).toMatchObject({
      value: { isOpen: true, openedAt: at('2025-03-30T01:00Z'), closesAt: at('2025-03-30T04:00Z') },
    });
    // 02:00 comes a second time at 01:00 UTC, and opens no second window.
    expect(open('2025-10-26T01:30Z')).toMatchObject({
      value: { isOpen: true, openedAt: at('2025-10-26T00:00Z'), closesAt: at('2025-10-26T03:00Z') },
    });
  });

  it('is one window where the next one opens before it has closed, because the clock skipped an hour', () => {
    const long = { cron: '0 12 * * *', zone: 'Europe/Berlin', duration: hours(23.5) };
    // From noon to noon are 23 hours.
    expect(openWindow(long, at('2025-03-30T09:45Z'))).toMatchObject({
      value: { openedAt: at('2025-03-29T11:00Z'), closesAt: at('2025-03-31T09:30Z') },
    });
    expect(openWindow(long, at('2025-03-30T10:15Z'))).toMatchObject({
      value: { openedAt: at('2025-03-29T11:00Z'), closesAt: at('2025-03-31T09:30Z') },
    });
    expect(openWindow(long, at('2025-03-30T10:45Z'))).toMatchObject({
      value: { openedAt: at('2025-03-29T11:00Z'), closesAt: at('2025-03-31T09:30Z') },
    });
    expect(openWindow(long, at('2025-03-31T09:45Z'))).toMatchObject({ value: { isOpen: false, opensNextAt: at('2025-03-31T10:00Z') } });
  });

  it('is one window of three where the skipped time itself opens one in between', () => {
    const long = { cron: '30 1-3 * * *', zone: 'Europe/Berlin', duration: ms(59 * MINUTE_MS) };
    // 01:30, 03:00 for the skipped 02:30, 03:30: each half an hour after the one before.
    const open = {
      isOpen: true,
      openedAt: at('2025-03-30T00:30Z'),
      closesAt: at('2025-03-30T02:29Z'),
      opensNextAt: at('2025-03-30T23:30Z'),
    };
    for (const now of ['00:30', '00:45', '01:15', '02:15'])
      expect(openWindow(long, at(`2025-03-30T${now}Z`))).toEqual({ ok: true, value: open });
  });

  it.each([
    ['0 2 * * 6', 168, 'overlap'],
    ['0 2 * * 6', 167, undefined],
    ['0 2 * * *', 24, 'overlap'],
    ['0 2 * * *', 23.9, undefined],
    ['0 2,4 * * *', 2, 'overlap'],
    ['0 2,4 * * *', 1.9, undefined],
    ['0 1,23 * * *', 2, 'overlap'],
    ['0 1,23 * * MON', 21, undefined],
    ['0 0 1,27 * *', 47, undefined],
    ['0 0 1,29 * *', 24, 'overlap'],
    ['0 0 29 2 *', 168, undefined],
    ['* * * * *', 1 / 60, 'overlap'],
    ['0 2 * * 6', 0, 'one minute at least'],
    ['0 2 * * 6', 169, 'seven days'],
    ['0 2 * * 6', Number.NaN, 'one minute at least'],
    ['0 0 30 2 *', 1, 'never fires'],
  ])('takes windows that are shorter than the time between them: %s for %d h', (cron, duration, why) => {
    const parsed = parseWindow({ cron, zone: 'UTC', duration: hours(duration) });
    expect(parsed.ok ? undefined : parsed.failure).toEqual(why === undefined ? undefined : expect.stringContaining(why));
  });

  it('refuses a zone that is none', () => {
    expect(openWindow({ ...NIGHTLY, zone: 'Mars' }, at('2025-01-01T00:00Z'))).toMatchObject({ ok: false });
  });

  it('has one opening and one closing over all of an uninterrupted open interval, near changes of the clock too', () => {
    const cases = fc
      .constantFrom('Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia', 'Africa/Casablanca')
      .chain((zone) => fc.record({ zone: fc.constant(zone), change: fc.constantFrom(...changes(zone)) }));
    const crons = fc.constantFrom(...LEAST_HOURS.keys());
    // Of the least time between two openings, which no window reaches.
    const shares = fc.oneof(fc.constant(0.99), fc.double({ min: 0.3, max: 0.999, noNaN: true }));
    const instants = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(cases, crons, shares, fc.integer({ min: -30, max: 30 }), instants, ({ zone, change }, cron, share, away, all) => {
        const window = longWindow(cron, zone, share);
        const state = windowAt(window, ms(change + away * HOUR_MS));
        if (state?.isOpen !== true) return;
        const { openedAt, closesAt, opensNextAt } = state;
        for (const one of [...all.map((part) => Math.floor(openedAt + part * (closesAt - 1 - openedAt))), openedAt, closesAt - 1])
          expect(windowAt(window, ms(one))).toEqual(state);
        expect(windowAt(window, ms(openedAt - 1))).toEqual({ isOpen: false, opensNextAt: openedAt });
        expect(windowAt(window, closesAt)).toEqual({ isOpen: false, opensNextAt });
      }),
      { numRuns: 300 },
    );
  });

  it('is open if and only if an opening is less than its duration ago', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia');
    const crons = fc.constantFrom('0 2 * * *', '30 23,11 * * *', '0 */6 * * *', '15 1 * * SUN', '0 * * * *');
    const nows = fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2030, 0) });
    fc.assert(
      fc.property(zones, crons, fc.integer({ min: 1, max: 24 * 60 }), nows, (zone, cron, minutes, now) => {
        const window = parseWindow({ cron, zone, duration: ms(minutes * MINUTE_MS) });
        if (!window.ok) return;
        const state = windowAt(window.value, ms(now));
        const openings: number[] = [];
        for (let one = nextTime(window.value.schedule, ms(now - 100 * HOUR_MS)); one !== undefined && one <= now;) {
          openings.push(one);
          one = nextTime(window.value.schedule, one);
        }
        expect(state?.isOpen).toBe(openings.some((one) => now < one + minutes * MINUTE_MS));
        expect(state?.opensNextAt).toBeGreaterThan(now);
        if (state?.isOpen !== true) return;
        expect(openings).toContain(state.openedAt);
        expect(windowAt(window.value, ms(state.closesAt - 1))?.isOpen).toBe(true);
        expect(windowAt(window.value, state.closesAt)?.isOpen).toBe(false);
      }),
    );
  });
});
