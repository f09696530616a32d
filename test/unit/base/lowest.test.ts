import { describe, expect, it } from '@jest/globals';
import { Lowest } from '../../../src/base/lowest.ts';
import { inSlices } from '../../../src/base/slices.ts';

describe('Lowest', () => {
  it.each([0, 1, 5, 9, 10, 11, 20, 21, 1_000])('keeps the ten lowest of %i, lowest first, whatever the order', (count) => {
    const numbers = Array.from({ length: count }, (_, index) => (index * 7_919) % 1_009);
    const lowest = new Lowest<number>(10, (number) => number);
    for (const number of numbers) lowest.add(number);
    expect(lowest.sorted()).toEqual([...numbers].sort((left, right) => left - right).slice(0, 10));
  });
});

describe('inSlices', () => {
  it('looks at all items, and lets others run in between', async () => {
    let others = 0;
    const other = setInterval(() => (others += 1), 1);
    const seen: number[] = [];
    await inSlices(
      Array.from({ length: 1_000 }, (_, index) => index),
      (item) => {
        const until = performance.now() + 0.1;
        while (performance.now() < until);
        seen.push(item);
      },
    );
    clearInterval(other);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    expect(others).toBeGreaterThan(5);
  });
});
