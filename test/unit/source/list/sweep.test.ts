// A list is paid for by each request that the SDK makes for it.
import { describe, expect, it } from '@jest/globals';
import type { SecretLister } from '../../../../src/aws/port.ts';
import { ok } from '../../../../src/base/result.ts';
import { Budgets } from '../../../../src/source/budget/budgets.ts';
import { sweep } from '../../../../src/source/list/sweep.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { one } from '../engine-world.ts';

describe('a list with a throttled try', () => {
  it.each([
    [0, 0],
    [1, 100],
  ])('of %i lowers the rate, though the next one succeeded', async (throttled, wait) => {
    const clock = new FakeClock();
    const budgets = new Budgets(clock);
    const lister: SecretLister = {
      listPage: (_identity, _prefixes, _page, _signal, onTries) => {
        onTries?.({ attempts: throttled + 1, throttled });
        return Promise.resolve(ok({ secrets: [] }));
      },
    };
    await clock.advance(1);
    const context = { lister, budgets, clock, signal: new AbortController().signal };
    await sweep(context, { identity: one, filters: [], maxPages: 3 });
    expect(budgets.take(one, 'list', 'wanted')).toBe(wait);
  });
});
