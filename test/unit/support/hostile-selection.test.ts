import { describe, expect, it } from '@jest/globals';
import { ciLimits, limits } from '../../support/hostile/findings.ts';
import { CI_VARIABLE, isSelected, limitsFor, withoutFolder } from '../../support/hostile/selection.ts';

const ci = { [CI_VARIABLE]: '1' };

describe('the hostile inputs that run', () => {
  it('are all by default, and in CI those that say so', () => {
    expect([isSelected({ name: 'a' }, {}), isSelected({ name: 'a' }, ci), isSelected({ name: 'a', inCi: true }, ci)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('are those with a part of the name', () => {
    const only = { KEYTENDER_HOSTILE_ONLY: 'label' };
    expect([isSelected({ name: 'a label key' }, only), isSelected({ name: 'a key' }, only)]).toEqual([true, false]);
  });
});

describe('the arguments of a run', () => {
  it.each([
    [['test/cluster/hostile'], ['test/cluster/hostile']],
    [
      ['test/cluster/hostile', '--ci'],
      ['test/cluster/hostile', '--ci'],
    ],
    [['test/cluster/hostile', 'test/cluster/hostile/paths.test.ts'], ['test/cluster/hostile/paths.test.ts']],
    [['test/unit'], ['test/unit']],
  ])('%j: %j', (args, files) => {
    expect(withoutFolder(args)).toEqual(files);
  });
});

describe('the bounds of a hostile input', () => {
  it('are those of the rule, and wider in CI where time is measured', () => {
    expect(limitsFor({ name: 'a' }, {})).toEqual(limits);
    expect(limitsFor({ name: 'a' }, ci)).toEqual(ciLimits);
    expect([ciLimits.turnMs, ciLimits.peakMiB]).toEqual([2 * limits.turnMs, limits.peakMiB]);
  });

  it('are its own where it has some', () => {
    expect(limitsFor({ name: 'a', limits: { delayMs: 7 } }, ci)).toEqual({ ...ciLimits, delayMs: 7 });
  });
});
