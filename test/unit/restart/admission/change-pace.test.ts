import { expect, test } from '@jest/globals';
import { changePace } from '../../../../src/restart/admission/change-pace.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1);

function paceOf(...minutesAgo: number[]) {
  return changePace({
    changes: minutesAgo.map((minutes, index) => ({ sequence: 100 - index, at: new Date(NOW - minutes * MINUTE).toISOString() })),
  });
}

test('up to six changes within an hour are no flapping', () => {
  expect(paceOf(0, 5, 10, 15, 20, 25)).toEqual({ newest: NOW, delay: 0, flapsUntil: NOW + 60 * MINUTE });
  expect(paceOf(0, 5, 10, 15, 20, 25, 60).delay).toBe(0);
});

test('each change beyond doubles the delay, up to an hour', () => {
  expect(paceOf(0, 5, 10, 15, 20, 25, 30).delay).toBe(MINUTE);
  expect(paceOf(0, 5, 10, 15, 20, 25, 30, 35, 40).delay).toBe(4 * MINUTE);
  expect(paceOf(...Array.from({ length: 16 }, (_, index) => index)).delay).toBe(60 * MINUTE);
});

test('without a change, and with a time that is none, nothing is known', () => {
  expect(paceOf().newest).toBeUndefined();
  expect(changePace({ changes: [{ sequence: 1, at: 'yesterday' }] }).newest).toBeUndefined();
});
