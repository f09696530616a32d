// Every request that the SDK makes for a list counts in the budget.
import { describe, expect, it } from '@jest/globals';
import type { SecretLister } from '../../../../src/aws/port.ts';
import { ok } from '../../../../src/base/result.ts';
import { CallBudgets } from '../../../../src/source/limits/budgets/call-budgets.ts';
import { scanList } from '../../../../src/source/list/list-scan.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { one } from '../engine-world.ts';

describe('a list with a throttled try', () => {
  it.each([
    [0, 0],
    [1, 100],
  ])('of %i lowers the rate, though the next one succeeded', async (throttled, wait) => {
    const clock = new FakeClock();
    const budgets = new CallBudgets(clock);
    const lister: SecretLister = {
      listPage: (_identity, _prefixes, _page, _signal, onAttempts) => {
        onAttempts?.({ attempts: throttled + 1, throttled });
        return Promise.resolve(ok({ secrets: [] }));
      },
    };
    await clock.advance(1);
    const context = { lister, budgets, clock, signal: new AbortController().signal };
    await scanList(context, { identity: one, filters: [], maxPages: 3 });
    expect(budgets.take(one, 'list', 'wanted')).toBe(wait);
  });
});

describe('a list that ends with a defect', () => {
  const context = (lister: SecretLister, signal: AbortSignal) => {
    const clock = new FakeClock();
    return { lister, budgets: new CallBudgets(clock), clock, signal };
  };

  it('is a failure that keeps the cause', async () => {
    const cause = new TypeError('defect');
    const lister: SecretLister = { listPage: () => Promise.reject(cause) };
    const found = await scanList(context(lister, new AbortController().signal), { identity: one, filters: [], maxPages: 3 });
    expect(found).toMatchObject({ kind: 'failed', failure: { reason: 'InternalError', cause } });
  });

  it('rejects where the signal was the cause', async () => {
    const stop = new AbortController();
    const lister: SecretLister = {
      listPage: () => {
        stop.abort(new DOMException('the end', 'AbortError'));
        return Promise.reject(new TypeError('torn down'));
      },
    };
    await expect(scanList(context(lister, stop.signal), { identity: one, filters: [], maxPages: 3 })).rejects.toThrow('the end');
  });
});
