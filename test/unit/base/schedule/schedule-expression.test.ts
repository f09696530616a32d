import { describe, expect, it } from '@jest/globals';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import { next } from '../../../../src/base/schedule/schedule-expression.ts';

function at(text: string): Ms {
  return ms(Date.parse(text));
}

/** The next times after `from`, in UTC without seconds. */
function times(expression: string, zone: string, from: string, count: number): string[] {
  const all: string[] = [];
  let after = at(from);
  while (all.length < count) {
    const found = next(expression, zone, after);
    if (!found.ok) throw new Error(found.failure);
    after = found.value;
    all.push(new Date(after).toISOString().replace(/:00\.000Z$/, ''));
  }
  return all;
}

describe('next', () => {
  it('is the first time after an instant, never the instant itself', () => {
    expect(next('0 2 * * *', 'UTC', at('2025-01-01T01:59:59.999Z'))).toEqual({ ok: true, value: at('2025-01-01T02:00Z') });
    expect(next('0 2 * * *', 'UTC', at('2025-01-01T02:00Z'))).toEqual({ ok: true, value: at('2025-01-02T02:00Z') });
    expect(next('0 2 * * *', 'UTC', at('2025-01-01T02:00:00.001Z'))).toEqual({ ok: true, value: at('2025-01-02T02:00Z') });
  });

  it.each([
    ['0 0 29 2 *', '2025-01-01T00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 29 2 *', '2096-03-01T00:00Z', ['2104-02-29T00:00']],
    ['30 23 31 12 *', '2025-12-31T23:30Z', ['2026-12-31T23:30']],
    ['0 0 31 * *', '2025-01-31T00:00Z', ['2025-03-31T00:00', '2025-05-31T00:00']],
    ['0 2 * * SAT', '2025-06-04T00:00Z', ['2025-06-07T02:00', '2025-06-14T02:00']],
    ['0 0 1 1 *', '1969-06-01T00:00Z', ['1970-01-01T00:00']],
  ])('goes over months and years: %s after %s', (expression, from, expected) => {
    expect(times(expression, 'UTC', from, expected.length)).toEqual(expected);
  });

  // The first local time after each change is in the comment.
  it.each([
    // 02:00 to 03:00 is left out on March 30th.
    ['30 2 * * *', 'Europe/Berlin', '2025-03-28T12:00Z', ['2025-03-29T01:30', '2025-03-30T01:00', '2025-03-31T00:30']],
    ['0,30 2 * * *', 'Europe/Berlin', '2025-03-29T12:00Z', ['2025-03-30T01:00', '2025-03-31T00:00']],
    ['0 2,3 * * *', 'Europe/Berlin', '2025-03-29T12:00Z', ['2025-03-30T01:00', '2025-03-31T00:00']],
    ['0 */2 * * *', 'Europe/Berlin', '2025-03-29T22:30Z', ['2025-03-29T23:00', '2025-03-30T01:00', '2025-03-30T02:00']],
    ['0 2 * * SUN', 'Europe/Berlin', '2025-03-24T12:00Z', ['2025-03-30T01:00', '2025-04-06T00:00']],
    ['*/30 * * * *', 'Europe/Berlin', '2025-03-30T00:00Z', ['2025-03-30T00:30', '2025-03-30T01:00', '2025-03-30T01:30']],
    // From 02:15 on nothing is left out in an hour that has a time after it.
    ['15 * * * *', 'Europe/Berlin', '2025-03-29T23:30Z', ['2025-03-30T00:15', '2025-03-30T01:15']],
    // 02:00 to 03:00 comes twice on October 26th.
    ['30 2 * * *', 'Europe/Berlin', '2025-10-25T12:00Z', ['2025-10-26T00:30', '2025-10-27T01:30']],
    ['30 2 * * *', 'Europe/Berlin', '2025-10-26T01:15Z', ['2025-10-27T01:30']],
    ['0 3 * * *', 'Europe/Berlin', '2025-10-25T12:00Z', ['2025-10-26T02:00', '2025-10-27T02:00']],
    ['0 */2 * * *', 'Europe/Berlin', '2025-10-25T22:30Z', ['2025-10-26T00:00', '2025-10-26T03:00']],
    [
      '*/30 * * * *',
      'Europe/Berlin',
      '2025-10-26T00:00Z',
      ['2025-10-26T00:30', '2025-10-26T01:00', '2025-10-26T01:30', '2025-10-26T02:00'],
    ],
    ['0 0-23 * * *', 'Europe/Berlin', '2025-10-25T23:30Z', ['2025-10-26T00:00', '2025-10-26T01:00', '2025-10-26T02:00']],
    // 02:00 to 03:00 is left out on March 14th, 01:00 to 02:00 comes twice on November 7th.
    ['30 2 * * *', 'America/New_York', '2027-03-13T12:00Z', ['2027-03-14T07:00', '2027-03-15T06:30']],
    ['30 1 * * *', 'America/New_York', '2027-11-06T12:00Z', ['2027-11-07T05:30', '2027-11-08T06:30']],
    ['30 * * * *', 'America/New_York', '2027-11-07T05:00Z', ['2027-11-07T05:30', '2027-11-07T06:30', '2027-11-07T07:30']],
    // 02:00 to 02:30 is left out on October 5th, 01:30 to 02:00 comes twice on April 6th.
    ['15 2 * * *', 'Australia/Lord_Howe', '2025-10-03T12:00Z', ['2025-10-03T15:45', '2025-10-04T15:30', '2025-10-05T15:15']],
    ['45 2 * * *', 'Australia/Lord_Howe', '2025-10-04T12:00Z', ['2025-10-04T15:45']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2025-04-05T12:00Z', ['2025-04-05T14:45', '2025-04-06T15:15']],
    ['*/15 * * * *', 'Australia/Lord_Howe', '2025-04-05T14:40Z', ['2025-04-05T14:45', '2025-04-05T15:00', '2025-04-05T15:15']],
    // There was no December 30th.
    ['0 12 * * *', 'Pacific/Apia', '2011-12-29T12:00Z', ['2011-12-29T22:00', '2011-12-30T10:00', '2011-12-30T22:00']],
    ['0 12 30 12 *', 'Pacific/Apia', '2011-01-01T00:00Z', ['2011-12-30T10:00', '2012-12-29T22:00']],
    ['0 * * * FRI', 'Pacific/Apia', '2011-12-29T12:00Z', ['2012-01-05T10:00']],
    // 00:00 to 01:00 is left out on November 4th, 23:00 to 24:00 comes twice on February 17th.
    ['0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00Z', ['2018-11-04T03:00', '2018-11-05T02:00']],
    ['0 0 4 11 *', 'America/Sao_Paulo', '2018-11-03T12:00Z', ['2018-11-04T03:00', '2019-11-04T03:00']],
    ['30 23 * * *', 'America/Sao_Paulo', '2018-02-17T12:00Z', ['2018-02-18T01:30', '2018-02-19T02:30']],
    ['30 * * * SAT', 'America/Sao_Paulo', '2018-02-18T00:45Z', ['2018-02-18T01:30', '2018-02-18T02:30', '2018-02-24T03:30']],
    // A quarter of an hour off, without changes.
    ['0 0 * * *', 'Asia/Kathmandu', '2025-01-01T00:00Z', ['2025-01-01T18:15', '2025-01-02T18:15']],
    // The clock went back to 23:01 at 00:01 of the next date.
    ['* * * * *', 'America/St_Johns', '2010-11-07T02:30Z', ['2010-11-07T02:31', '2010-11-07T02:32']],
    ['0 0 * * *', 'America/St_Johns', '2010-11-06T12:00Z', ['2010-11-07T02:30', '2010-11-08T03:30']],
  ])('keeps to the rules when the clock changes: %s in %s after %s', (expression, zone, from, expected) => {
    expect(times(expression, zone, from, expected.length)).toEqual(expected);
  });

  it('takes a name of a zone in any case, and links', () => {
    expect(times('0 0 * * *', 'europe/berlin', '2025-01-01T12:00Z', 1)).toEqual(['2025-01-01T23:00']);
    expect(times('0 0 * * *', 'US/Eastern', '2025-01-01T12:00Z', 1)).toEqual(['2025-01-02T05:00']);
    expect(times('0 0 * * *', 'Etc/GMT+5', '2025-01-01T12:00Z', 1)).toEqual(['2025-01-02T05:00']);
  });

  it.each(['', 'Local', 'Mars/Olympus', '+01:00', 'UTC+1', 'Europe/Berlin ', '../etc/localtime', 'x'.repeat(1_000_000)])(
    'refuses what is no zone: %.20s',
    (zone) => {
      const refused = next('0 0 * * *', zone, at('2025-01-01T00:00Z'));
      expect(refused).toEqual({ ok: false, failure: expect.stringMatching(/is not a time zone; write a name of the IANA data base/) });
      expect((refused.ok ? '' : refused.failure).length).toBeLessThan(300);
    },
  );

  it('says within 5 ms that an expression never fires, and finds the rarest one as soon', () => {
    for (const expression of ['0 0 30 2 *', '0 0 29 2 *']) {
      const seconds = Array.from({ length: 5 }, () => {
        const started = performance.now();
        next(expression, 'America/Sao_Paulo', at('2096-03-01T00:00Z'));
        return performance.now() - started;
      });
      expect(Math.min(...seconds)).toBeLessThan(5);
    }
  });

  it('ends where the years of a Date end', () => {
    expect(next('0 0 1 1 *', 'UTC', ms(8.64e15 - 1)).ok).toBe(false);
  });
});
