import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from '../../../../src/source/round/byte-budget.ts';

/** Asks for room and notes under which name it was granted later. */
function budgetOf(total: number) {
  const budget = new ByteBudget(total);
  const granted: string[] = [];
  const ask = (namespace: string, bytes: number, name = namespace) => budget.ask(namespace, bytes, () => granted.push(name));
  return { budget, granted, ask };
}

describe('the budget of bytes', () => {
  it('gives one namespace a third at most, and room to each that comes new', () => {
    const { ask, budget } = budgetOf(300);
    const many = Array.from({ length: 300 }, () => ask('greedy', 1));
    expect(many.filter(({ isGranted }) => isGranted).length).toBe(100);
    const others = Array.from({ length: 8 }, (_, index) => Array.from({ length: 300 }, () => ask(`ns${index}`, 1)));
    expect(others.map((requests) => requests.some(({ isGranted }) => isGranted))).not.toContain(false);
    expect(budget.held).toBeLessThan(300);
  });

  it('serves namespaces in turn and each in its order; who does not fit holds up nobody of another one', () => {
    const { ask, budget, granted } = budgetOf(300);
    const first = ask('a', 100);
    expect(first.isGranted).toBe(true);
    for (const [bytes, name] of [
      [40, 'a1'],
      [40, 'a2'],
    ] as const)
      ask('a', bytes, name);
    ask('b', 80);
    // `b` would hold more than half of what it leaves, `c` does not.
    expect(ask('c', 10).isGranted).toBe(true);
    first.shrink(90);
    expect(granted).toEqual([]);
    first.shrink(0);
    expect(granted).toEqual(['a1', 'b']);
    expect(budget).toMatchObject({ held: 130, waiting: 1 });
  });

  it('takes back what is not needed any more, from those who wait as well', () => {
    const { ask, budget, granted } = budgetOf(300);
    const held = ask('a', 100);
    const waits = ask('a', 100);
    waits.shrink(0);
    waits.shrink(0);
    expect(budget).toMatchObject({ held: 100, waiting: 0 });
    held.shrink(0);
    held.shrink(0);
    expect(budget).toMatchObject({ held: 0, waiting: 0 });
    expect(granted).toEqual([]);
  });
});
