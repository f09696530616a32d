// The memory that objects may take: bounded in all, shared by namespace, and nobody loses what is kept to somebody else.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../src/base/time/clock.ts';
import { keyOf } from '../../../src/base/key.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { KeptBudget } from '../../../src/watch/kept-budget.ts';

const TOTAL = 8_000_000;
/** A thousandth. */
const SMALL = 8_000;

function sized(name: string, bytes: number, namespace = 'a', uid = `uid-${namespace}-${name}`) {
  return { key: keyOf(namespace, name), uid, bytes };
}

/** Objects of so many bytes until no more is admitted; gives how many were. */
function fill(budget: KeptBudget, namespace: string, bytes: number): number {
  let count = 0;
  while (budget.admit(sized(`o${count}`, bytes, namespace))) count += 1;
  return count;
}

describe('KeptBudget', () => {
  it('lets one namespace alone hold four fifths of what is not left for small shares, and says how much it may hold', () => {
    const budget = new KeptBudget(TOTAL);
    expect(budget.shareOf('a')).toEqual({ held: 0, most: 5_600_000 });
    const count = fill(budget, 'a', 10_000);
    expect([count, budget.shareOf('a').held]).toEqual([560, 5_600_000]);
    expect([budget.heldBytes, budget.notKeptCount, budget.notKept()]).toEqual([5_600_000, 1, ['a/o560']]);
  });

  it('keeps what is kept when another namespace comes, and as long as it gets no larger', () => {
    const budget = new KeptBudget(TOTAL);
    fill(budget, 'a', 10_000);
    expect(fill(budget, 'b', 10_000)).toBeGreaterThan(100);
    expect(budget.shareOf('a')).toEqual({ held: 5_600_000, most: 5_600_000 });
    expect(budget.admit(sized('o3', 10_000))).toBe(true);
    expect(budget.admit(sized('o3', 5_000))).toBe(true);
    expect(budget.admit(sized('o3', 9_000))).toBe(false);
    expect(budget.shareOf('a').held).toBe(5_590_000);
  });

  it('knows another object of the same name as another one', () => {
    const budget = new KeptBudget(TOTAL);
    budget.admit(sized('x', 500));
    budget.admit(sized('x', 300, 'a', 'later'));
    budget.release(keyOf('a', 'x'), 'uid-a-x');
    expect(budget.heldBytes).toBe(300);
    budget.release(keyOf('a', 'x'), 'later');
    budget.release(keyOf('a', 'x'), 'later');
    expect(budget.heldBytes).toBe(0);
  });

  it('tells when there is room, and what fits into it', () => {
    const budget = new KeptBudget(TOTAL);
    let told = 0;
    budget.onRoom(() => (told += 1));
    fill(budget, 'a', 1_000_000);
    budget.admit(sized('small', 10));
    expect(told).toBe(0);
    budget.release(keyOf('a', 'small'), 'uid-a-small');
    const [waiting] = budget.notKept();
    expect([told, waiting, budget.fits(waiting!)]).toEqual([1, 'a/o5', false]);
    budget.release(keyOf('a', 'o0'), 'uid-a-o0');
    expect([told, budget.fits(waiting!)]).toEqual([2, true]);
    expect(budget.admit(sized('o5', 1_000_000))).toBe(true);
    expect([budget.fits(waiting!), budget.notKeptCount]).toEqual([false, 0]);
  });

  it('forgets after a list what is not there, of that namespace only', async () => {
    const budget = new KeptBudget(TOTAL);
    const work = new TimeSlices().worker('');
    for (const namespace of ['a', 'b']) for (const name of ['x', 'y']) budget.admit(sized(name, 10, namespace));
    await budget.releaseOthers('a', (key) => key === 'a/x', work);
    expect(budget.heldBytes).toBe(30);
    await budget.releaseOthers('', (key) => key === 'a/x', work);
    expect(budget.heldBytes).toBe(10);
  });

  it('leaves the event loop to others while it looks for what is not there', async () => {
    const budget = new KeptBudget(TOTAL);
    for (let index = 0; index < 100; index += 1) budget.admit(sized(`o${index}`, 10));
    let checks = 0;
    const slices = new TimeSlices({ now: () => checks, slice: ms(5) });
    const isGone = (): boolean => {
      checks += 1;
      return false;
    };
    const released = budget.releaseOthers('', isGone, slices.worker(''));
    const inOneTurn: number[] = [];
    while (budget.heldBytes > 0) {
      const before = checks;
      await nextTurn();
      inOneTurn.push(checks - before);
    }
    await released;
    expect([checks, Math.max(...inOneTurn)]).toEqual([100, 5]);
  });

  it('lets an object that changes keep its place among those that are not kept, but not another one of its name', () => {
    const budget = new KeptBudget(TOTAL);
    for (const name of ['x', 'y', 'z']) budget.admit(sized(name, TOTAL));
    budget.admit(sized('x', TOTAL + 1));
    expect(budget.notKept()).toEqual(['a/x', 'a/y', 'a/z']);
    budget.admit(sized('y', TOTAL, 'a', 'later'));
    expect(budget.notKept()).toEqual(['a/x', 'a/z', 'a/y']);
    expect(budget.admit(sized('x', 10))).toBe(true);
    expect(budget.admit(sized('x', TOTAL))).toBe(false);
    expect(budget.notKept()).toEqual(['a/z', 'a/y', 'a/x']);
  });

  it('gives objects without a namespace all of it', () => {
    const budget = new KeptBudget(TOTAL);
    expect(budget.admit(sized('x', TOTAL, ''))).toBe(true);
    expect(budget.admit(sized('y', 1, ''))).toBe(false);
  });

  const change = fc.record({
    namespace: fc.integer({ min: 0, max: 5 }).map((n) => `n${n}`),
    name: fc.integer({ min: 0, max: 9 }).map((n) => `o${n}`),
    bytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: TOTAL / 2 }), fc.integer({ min: 1, max: SMALL })),
  });

  it('never keeps more than the total, and counts exactly what it keeps', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const budget = new KeptBudget(TOTAL);
        const kept = new Map<string, number>();
        for (const { namespace, name, bytes } of changes) {
          const object = sized(name, bytes, namespace);
          const before = kept.get(object.key);
          if (bytes === 0) budget.release(object.key, object.uid);
          const admitted = bytes > 0 && budget.admit(object);
          if (before !== undefined && bytes > 0 && bytes <= before) expect(admitted).toBe(true);
          if (admitted) kept.set(object.key, bytes);
          else kept.delete(object.key);
          expect(budget.heldBytes).toBe([...kept.values()].reduce((sum, one) => sum + one, 0));
          expect(budget.heldBytes).toBeLessThanOrEqual(TOTAL);
        }
      }),
    );
  });

  it('has room for the small share of a hundred namespaces that come late, whatever others take before them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: SMALL / 4, max: TOTAL / 4 }), (hogs, bytes) => {
        const budget = new KeptBudget(TOTAL);
        for (let hog = 0; hog < hogs; hog += 1) fill(budget, `hog${hog}`, bytes);
        for (let late = 0; late < 100; late += 1) expect(budget.admit(sized('only', SMALL, `late${late}`))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
