import { describe, expect, test } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { mergePolicies } from '../../../../src/restart/policy/merge-policies.ts';
import { defaultPolicy } from '../../../../src/restart/policy/policy.ts';

const window = { cron: '0 1 * * *', zone: 'UTC', duration: ms(3_600_000) };
const night = [window];

describe('policies of several groups for one workload', () => {
  const merged = mergePolicies([
    {
      group: 'b',
      policy: {
        ...defaultPolicy,
        settle: ms(30_000),
        maxConcurrent: 3,
        onFailure: 'Continue',
        maxFailures: 2,
        missed: 'Immediately',
        windows: night,
      },
    },
    {
      group: 'a',
      policy: { ...defaultPolicy, minInterval: ms(60_000), maxConcurrent: 5, maxFailures: 4, timeout: ms(60_000), missed: 'NextWindow' },
    },
  ]);

  test('settle and minInterval are the greatest', () => {
    expect(merged.settle).toEqual({ value: 30_000, group: 'b' });
    expect(merged.minInterval).toEqual({ value: 60_000, group: 'a' });
  });

  test('maxConcurrent, maxFailures and timeout are the least', () => {
    expect(merged.maxConcurrent).toEqual({ value: 3, group: 'b' });
    expect(merged.maxFailures).toEqual({ value: 2, group: 'b' });
    expect(merged.timeout).toEqual({ value: 60_000, group: 'a' });
  });

  test('Halt wins over Continue', () => {
    expect(merged.onFailure).toEqual({ value: 'Halt', group: 'a' });
  });

  test('all windows must be open; a policy without windows does not say what a missed one means', () => {
    expect(merged.windows).toEqual([{ group: 'b', windows: night }]);
    expect(merged.missed).toEqual({ value: 'Immediately', group: 'b' });
  });

  test('equal values are those of the first group by name', () => {
    const same = mergePolicies(['c', 'a', 'b'].map((group) => ({ group, policy: defaultPolicy })));
    expect([same.settle, same.maxConcurrent, same.onFailure].map(({ group }) => group)).toEqual(['a', 'a', 'a']);
  });

  test('nobody who has a say limits nothing', () => {
    const free = mergePolicies([]);
    expect(free.maxConcurrent).toEqual({ value: Number.POSITIVE_INFINITY, group: undefined });
    expect(free.windows).toEqual([]);
    expect(free.waves.order).toEqual([]);
  });
});
