import { describe, expect, it } from '@jest/globals';
import { nextRotation, parseAwsSchedule } from '../../../../src/base/schedule/aws-schedule-expression.ts';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';

function at(text: string): Ms {
  return ms(Date.parse(text));
}

function times(text: string, from: string, count: number): string[] {
  const schedule = parseAwsSchedule(text);
  if (!schedule.ok) throw new Error(schedule.failure);
  const all: string[] = [];
  for (let after: Ms | undefined = at(from); all.length < count && after !== undefined;) {
    after = nextRotation(schedule.value, after);
    if (after !== undefined) all.push(new Date(after).toISOString().replace(/:00\.000Z$/, ''));
  }
  return all;
}

describe('parseAwsSchedule', () => {
  it.each([
    ['rate(10 days)', '2025-01-01T10:17:00Z', ['2025-01-11T00:00', '2025-01-21T00:00']],
    ['rate(1 day)', '2025-01-01T00:00:00Z', ['2025-01-02T00:00', '2025-01-03T00:00']],
    ['rate(999 days)', '2025-01-01T00:00:00Z', ['2027-09-27T00:00']],
    ['rate(4 hours)', '2025-01-01T10:17:00Z', ['2025-01-01T14:00', '2025-01-01T18:00']],
    ['rate(36 hours)', '2025-01-01T10:17:00Z', ['2025-01-02T22:00']],
    ['cron(0 8 * * ? *)', '2025-01-01T10:17:00Z', ['2025-01-02T08:00', '2025-01-03T08:00']],
    ['cron(0 8 1 * ? *)', '2025-01-01T10:17:00Z', ['2025-02-01T08:00', '2025-03-01T08:00']],
    ['cron(0 2 ? * SAT *)', '2025-06-04T00:00:00Z', ['2025-06-07T02:00', '2025-06-14T02:00']],
    ['cron(0 2 ? * 7 *)', '2025-06-04T00:00:00Z', ['2025-06-07T02:00']],
    ['cron(0 2 ? * 1 *)', '2025-06-04T00:00:00Z', ['2025-06-08T02:00']],
    ['cron(0 2 ? * 2-6/2 *)', '2025-06-06T12:00:00Z', ['2025-06-09T02:00', '2025-06-11T02:00', '2025-06-13T02:00']],
    ['cron(0 2 ? * MON-3 *)', '2025-06-06T12:00:00Z', ['2025-06-09T02:00', '2025-06-10T02:00', '2025-06-16T02:00']],
    ['cron(0 4/12 * * ? *)', '2025-01-01T00:00:00Z', ['2025-01-01T04:00', '2025-01-01T16:00', '2025-01-02T04:00']],
    ['cron(0 /12 * * ? *)', '2025-01-01T00:00:00Z', ['2025-01-01T12:00', '2025-01-02T00:00']],
    ['cron(0 */10 * * ? *)', '2025-01-01T00:00:00Z', ['2025-01-01T10:00', '2025-01-01T20:00', '2025-01-02T00:00']],
    ['cron(0 8 1/7 * ? *)', '2025-01-20T00:00:00Z', ['2025-01-22T08:00', '2025-01-29T08:00', '2025-02-01T08:00']],
    ['cron(0 0 1 1/3 ? *)', '2025-02-01T00:00:00Z', ['2025-04-01T00:00', '2025-07-01T00:00']],
    ['cron(0 0 1 JAN,JUL ? *)', '2025-02-01T00:00:00Z', ['2025-07-01T00:00', '2026-01-01T00:00']],
  ])('reads %s', (text, from, expected) => {
    expect(times(text, from, expected.length).slice(0, expected.length)).toEqual(expected);
  });

  it.each([
    ['', 'neither'],
    ['30 days', 'neither'],
    ['rate(30days)', 'neither'],
    ['rate(-1 days)', 'neither'],
    ['rate(1.5 days)', 'neither'],
    ['rate(30 minutes)', 'neither'],
    ['rate(1 days)', 'hour or day'],
    ['rate(12 hour)', 'hours or days'],
    ['rate(3 hours)', 'every 4 hours'],
    ['rate(0 days)', 'every 4 hours'],
    ['rate(1000 days)', 'every 999 days'],
    ['rate(999999 days)', 'every 999 days'],
    ['cron(0 2 * * *)', '5 fields'],
    ['0 2 ? * SAT *', 'neither'],
    ['cron(0 2 ? * SAT *) ', 'neither'],
    ['cron(30 2 ? * SAT *)', 'minutes must be 0'],
    ['cron(0 2 ? * SAT 2026)', 'year must be *'],
    ['cron(0 2 * * SAT *)', 'write ? for one'],
    ['cron(0 2 * * * *)', 'write ? for one'],
    ['cron(0 2 1 * 2 *)', 'write ? for one'],
    ['cron(0 2 ? * ? *)', 'write ? for one'],
    ['cron(0 * * * ? *)', 'every 4 hours'],
    ['cron(0 1,23 * * ? *)', 'every 4 hours'],
    ['cron(0 /11 * * ? *)', 'every 4 hours'],
    ['cron(0 16 L * ? *)', 'L, W and #'],
    ['cron(0 16 15W * ? *)', 'L, W and #'],
    ['cron(0 16 ? * 6L *)', 'L, W and #'],
    ['cron(0 16 ? * SUN#1 *)', 'L, W and #'],
    ['cron(0 16 ? * 0 *)', '0 is not within 1'],
    ['cron(0 16 ? * 1-8 *)', '8 is not within 1'],
    ['cron(0 16 ? * 6-2 *)', 'FRI-MON runs backwards'],
    ['cron(0 24 ? * 1 *)', '24 is not within 0 to 23'],
    ['cron(0 2 30 2 ? *)', 'never fires'],
    ['cron(0 2 ? * SAT *)'.padEnd(300, ' '), 'longer than 256'],
    [`cron(${'('.repeat(200)}`, 'neither'],
  ])('refuses %s and says why', (text, why) => {
    const parsed = parseAwsSchedule(text);
    expect(parsed).toEqual({ ok: false, failure: expect.stringContaining(why) });
    expect((parsed.ok ? '' : parsed.failure).length).toBeLessThanOrEqual(300);
  });
});
