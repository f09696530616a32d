import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from '../../../../../src/source/limits/budgets/byte-budget.ts';

/** Requests bytes, and records the names whose request was granted later. */
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

  /** Namespaces that each request `bytes` again as soon as one of their requests is granted; grants end in no order, until `isDone`, after `limit` at most. */
  function roundsUntil(isDone: () => boolean, { ask, limit = 1_000 }: Pick<ReturnType<typeof budgetOf>, 'ask'> & { limit?: number }) {
    const grants = Array.from({ length: 180 }, (_, n) => ask(`busy${n % 6}`, 10));
    let random = 1;
    let ended = 0;
    for (; ended < limit && !isDone(); ended += 1) {
      const open = grants.flatMap(({ isGranted }, index) => (isGranted ? [index] : []));
      const index = open[(random = (random * 16_807) % 2_147_483_647) % open.length] ?? 0;
      const [grant] = grants.splice(index, 1);
      grants.push(ask(`busy${ended % 6}`, 10));
      grant?.shrink(0);
    }
    return ended;
  }

  it('keeps what others free for a large request whose turn has come, also beside many small ones', () => {
    const { ask, budget } = budgetOf(320);
    const busy = Array.from({ length: 180 }, (_, n) => ask(`busy${n % 6}`, 10));
    const large = ask('victim', 40);
    expect(large.isGranted).toBe(false);
    // A small request of a namespace that holds nothing is granted meanwhile.
    expect(ask('small', 10).isGranted).toBe(true);
    for (const grant of busy) grant.shrink(0);
    expect(large.isGranted).toBe(true);
    expect(budget.waiting).toBe(0);
  });

  it.each([10, 20, 40])('grants a request of %d though six namespaces always want more', (bytes) => {
    const { ask, budget } = budgetOf(320);
    let grant: ReturnType<typeof ask> | undefined;
    const isGranted = (): boolean => {
      grant ??= ask('victim', bytes);
      return grant.isGranted;
    };
    expect(roundsUntil(isGranted, { ask })).toBeLessThan(20);
    expect(budget.held).toBeLessThanOrEqual(320);
  });

  it('keeps room for one request at a time, each in its turn', () => {
    const { ask, budget } = budgetOf(320);
    const large = new Map<string, ReturnType<typeof ask>>();
    const areGranted = (): boolean => {
      for (const name of ['a', 'b', 'c', 'd']) if (!large.has(name)) large.set(name, ask(name, 40));
      for (const grant of large.values()) if (grant.isGranted) grant.shrink(1);
      return [...large.values()].every(({ isGranted }) => isGranted);
    };
    expect(roundsUntil(areGranted, { ask })).toBeLessThan(60);
    expect(budget.held).toBeLessThanOrEqual(320);
  });

  it('keeps nothing for a request that is given up', () => {
    const { ask } = budgetOf(320);
    const busy = Array.from({ length: 180 }, (_, n) => ask(`busy${n % 6}`, 10));
    const large = ask('victim', 40);
    busy.find(({ isGranted }) => isGranted)?.shrink(0);
    const granted = () => busy.filter(({ isGranted }) => isGranted).length;
    const before = granted();
    large.shrink(0);
    expect(granted()).toBe(before + 1);
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
