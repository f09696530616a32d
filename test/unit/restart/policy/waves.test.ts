import { describe, expect, test } from '@jest/globals';
import { array, assert, constantFrom, property, uniqueArray } from 'fast-check';
import { ms } from '../../../../src/base/time/clock.ts';
import { mergeWaves, waveOf } from '../../../../src/restart/policy/waves.ts';

const wave = (name: string, tier?: string) => ({
  name,
  soak: ms(0),
  ...(tier === undefined ? {} : { selector: { matchLabels: { tier } } }),
});
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('the wave of a workload', () => {
  const waves = [wave('canary', 'canary'), wave('rest'), wave('last', 'critical')];

  test.each([
    [{ tier: 'canary' }, 0],
    [{ tier: 'web' }, 1],
    [{ tier: 'critical' }, 2],
  ])('%j is in wave %i', (labels, index) => {
    expect(waveOf({ waves }, labels)).toBe(index);
  });

  test('the first selector decides, and a workload that none selects is behind the last wave', () => {
    const twice = [wave('one', 'x'), wave('two', 'x')];
    expect(waveOf({ waves: twice }, { tier: 'x' })).toBe(0);
    expect(waveOf({ waves: twice }, {})).toBe(2);
    expect(waveOf({ waves: [] }, {})).toBe(0);
  });
});

describe('the merged order of waves', () => {
  test('each policy finds its order again', () => {
    const { order, opposed } = mergeWaves([named('canary', 'rest'), named('canary', 'eu', 'rest'), []]);
    expect(order).toEqual(['canary', 'eu', 'rest']);
    expect(opposed).toEqual([]);
  });

  test('opposed orders are said, and come by name', () => {
    const { order, opposed } = mergeWaves([named('first', 'b', 'a', 'last'), named('a', 'b')]);
    expect(opposed).toEqual(['a', 'b']);
    expect(order).toEqual(['first', 'a', 'b', 'last']);
  });

  test('every wave comes once, and all orders hold unless they are opposed', () => {
    const names = uniqueArray(constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 });
    assert(
      property(array(names, { maxLength: 5 }), (policies) => {
        const { order, opposed } = mergeWaves(policies.map((policy) => named(...policy)));
        expect([...order].sort()).toEqual([...new Set(policies.flat())].sort());
        const isKept = policies.every((policy) =>
          policy.every((name, index) => index === 0 || order.indexOf(policy[index - 1]!) < order.indexOf(name)),
        );
        expect(isKept).toBe(opposed.length === 0);
      }),
    );
  });
});
