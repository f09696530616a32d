import { expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { PageCounts } from '../../../../src/source/list/page-counts.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MINUTE } from '../engine-world.ts';

const HOUR = ms(60 * MINUTE);

it('remembers for an hour, or ten intervals, how many pages the list for the same intervals took', async () => {
  const clock = new FakeClock();
  const pages = new PageCounts(clock);
  pages.took([MINUTE], 2);
  pages.exceeded([HOUR, MINUTE], 7);
  expect([pages.expected([MINUTE]), pages.expected([MINUTE, HOUR]), pages.expected([HOUR])]).toEqual([2, 14, 0]);
  await clock.advance(HOUR);
  expect([pages.expected([MINUTE]), pages.expected([MINUTE, HOUR])]).toEqual([0, 14]);
  await clock.advance(9 * HOUR);
  expect(pages.expected([MINUTE, HOUR])).toBe(0);
});
