import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Key } from '../../../src/base/key.ts';
import { KeyedHeap } from '../../../src/queue/keyed-heap.ts';

type Step =
  | { readonly do: 'set'; readonly key: string; readonly rank: number }
  | { readonly do: 'remove'; readonly key: string }
  | { readonly do: 'pop' };

const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), key: keys, rank: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key: keys }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
);

describe('KeyedHeap', () => {
  it('behaves as a sorted map under any sequence of operations', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const heap = new KeyedHeap<{ key: Key; rank: number }>((a, b) => a.rank < b.rank || (a.rank === b.rank && a.key < b.key));
        const model = new Map<string, number>();
        const first = (): string | undefined => [...model].sort(([k, r], [l, s]) => r - s || (k < l ? -1 : 1))[0]?.[0];
        for (const now of steps) {
          if (now.do === 'set') {
            heap.set({ key: now.key as Key, rank: now.rank });
            model.set(now.key, now.rank);
          } else if (now.do === 'remove') {
            expect(heap.remove(now.key as Key)?.rank).toBe(model.get(now.key));
            model.delete(now.key);
          } else {
            const expected = first();
            expect(heap.pop()?.key).toBe(expected);
            if (expected !== undefined) model.delete(expected);
          }
          expect(heap.peek()?.key).toBe(first());
          expect(heap.size).toBe(model.size);
        }
        for (const [key, rank] of model) expect(heap.get(key as Key)).toEqual({ key, rank });
      }),
    );
  });

  it('is empty after clear', () => {
    const heap = new KeyedHeap<{ key: Key }>((a, b) => a.key < b.key);
    heap.set({ key: 'a' as Key });
    heap.clear();
    expect([heap.size, heap.pop(), heap.get('a' as Key)]).toEqual([0, undefined, undefined]);
  });
});
