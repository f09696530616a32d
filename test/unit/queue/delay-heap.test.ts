import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../src/base/time/clock.ts';
import type { Key } from '../../../src/base/key.ts';
import { DelayHeap } from '../../../src/queue/delay-heap.ts';
import type { Priority } from '../../../src/base/priority.ts';

type Step =
  | { readonly do: 'add'; readonly key: string; readonly priority: Priority; readonly due: number }
  | { readonly do: 'remove'; readonly key: string }
  | { readonly do: 'due'; readonly now: number };

const LATEST = 50;
const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      key: keys,
      priority: fc.constantFrom<Priority[]>(0, 1, 2, 3, 4),
      due: fc.nat(LATEST),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), key: keys }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('due' as const), now: fc.nat(LATEST) }) },
);

describe('DelayHeap', () => {
  it('gives each key once, at the earliest of its times and the best of its priorities', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const heap = new DelayHeap();
        const model = new Map<string, { priority: number; due: number; order: number }>();
        let order = 0;
        for (const now of [...steps, { do: 'due' as const, now: LATEST }]) {
          if (now.do === 'add') {
            heap.add({ key: now.key as Key, priority: now.priority, due: ms(now.due) });
            const before = model.get(now.key);
            model.set(now.key, {
              priority: Math.min(before?.priority ?? 9, now.priority),
              due: Math.min(before?.due ?? 99, now.due),
              order: before?.order ?? (order += 1),
            });
          } else if (now.do === 'remove') {
            expect(heap.remove(now.key as Key)?.due).toBe(model.get(now.key)?.due);
            model.delete(now.key);
          } else {
            const expected = [...model]
              .filter(([, entry]) => entry.due <= now.now)
              .sort(([, a], [, b]) => a.due - b.due || a.order - b.order);
            const popped: unknown[] = [];
            for (let due = heap.popDue(ms(now.now)); due !== undefined; due = heap.popDue(ms(now.now))) {
              popped.push([due.key, due.priority, due.due]);
              model.delete(due.key);
            }
            expect(popped).toEqual(expected.map(([key, entry]) => [key, entry.priority, entry.due]));
          }
          const dues = [...model.values()].map((entry) => entry.due);
          expect(heap.nextDue).toBe(dues.length === 0 ? undefined : Math.min(...dues));
        }
        expect([heap.nextDue, model.size]).toEqual([undefined, 0]);
      }),
    );
  });
});
