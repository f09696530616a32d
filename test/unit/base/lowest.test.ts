import { describe, expect, it } from '@jest/globals';
import { Lowest } from '../../../src/base/lowest.ts';

describe('Lowest', () => {
  it.each([0, 1, 5, 9, 10, 11, 20, 21, 1_000])('keeps the ten lowest of %i, lowest first, whatever the order', (count) => {
    const numbers = Array.from({ length: count }, (_, index) => (index * 7_919) % 1_009);
    const lowest = new Lowest<number>(10, (number) => number);
    for (const number of numbers) lowest.add(number);
    expect(lowest.sorted()).toEqual([...numbers].sort((left, right) => left - right).slice(0, 10));
  });
});
