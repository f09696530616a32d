import { describe, expect, it } from '@jest/globals';
import { quantilesOf, show, spreadOf } from '../../../bench/statistics.ts';

describe('figures of the benchmarks', () => {
  it('are a median between the least and the greatest', () => {
    expect(spreadOf([9, 1, 4])).toEqual({ median: 4, least: 1, greatest: 9 });
    expect(spreadOf([9, 1, 4, 2])).toEqual({ median: 3, least: 1, greatest: 9 });
    expect(show(spreadOf([9, 1, 4]), 1)).toBe('4.0 (1.0–9.0)');
    expect(show(spreadOf([4.01, 4.02]), 1)).toBe('4.0');
  });

  it('do not exist where nothing was measured', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  it('have as p99 a value that 99 of 100 do not exceed', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(quantilesOf(values)).toEqual({ count: 200, p50: 100, p99: 198, max: 200 });
    expect(quantilesOf([7])).toEqual({ count: 1, p50: 7, p99: 7, max: 7 });
  });
});
