import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type QueuePass, RefreshQueues } from '../../../../src/source/refresh/refresh-queues.ts';
import { momentAt, Reference } from '../schedule/queued-reference.ts';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), namespace: fc.constantFrom('a', 'b', 'c') }) },
  fc.record({ do: fc.constant('take' as const), most: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ do: fc.constant('drop' as const), which: fc.nat(50), how: fc.constantFrom('unused' as const, 'answered' as const) }),
);

/** A pass without a bound. */
function takeAll(queues: RefreshQueues<Reference>, decide: QueuePass<Reference>['decide']): readonly Reference[] {
  return queues.take({ at: momentAt(1), most: Number.POSITIVE_INFINITY, decide }).taken;
}

describe('RefreshQueues', () => {
  it('loses none, gives each once, those of one namespace in the order in which they came, and no more than may go', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queues = new RefreshQueues<Reference>();
        const all: Reference[] = [];
        const taken: Reference[] = [];
        const take = (most: number): void => {
          const before = taken.length;
          taken.push(
            ...takeAll(queues, (_namespace, waiting) => {
              let left = Math.min(most, waiting);
              return () => (left-- > 0 ? 'taken' : 'waits');
            }),
          );
          const counts = ['a', 'b', 'c'].map((one) => taken.slice(before).filter(({ namespace }) => namespace === one).length);
          expect(Math.max(...counts)).toBeLessThanOrEqual(most);
        };
        for (const now of steps) {
          if (now.do === 'add') {
            const reference = new Reference(now.namespace, all.length);
            all.push(reference);
            queues.add(reference, momentAt(1));
            // It keeps its position.
            queues.add(reference, momentAt(1));
          } else if (now.do === 'take') take(now.most);
          else {
            const dropped = all[now.which];
            if (dropped === undefined || taken.includes(dropped)) continue;
            if (now.how === 'unused') dropped.isUsed = false;
            else dropped.isAnswered = true;
          }
        }
        take(1_000);
        expect(queues.size).toBe(0);
        const wanted = all.filter(({ isUsed, isAnswered }) => isUsed && !isAnswered);
        expect(new Set(taken)).toEqual(new Set(wanted));
        for (const namespace of ['a', 'b', 'c']) {
          const inOrder = (references: readonly Reference[]) =>
            references.filter((one) => one.namespace === namespace).map(({ number }) => number);
          expect(inOrder(taken)).toEqual(inOrder(wanted));
        }
      }),
    );
  });

  it('has each reference in one queue, that of its owner when it is examined, whatever changes', () => {
    const change = fc.oneof(
      fc.record({ do: fc.constantFrom('add' as const, 'own' as const), which: fc.nat(5), namespace: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('take' as const), most: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const queues = new RefreshQueues<Reference>();
        const all = Array.from({ length: 6 }, (_, number) => new Reference('a', number));
        const queued = new Set<Reference>();
        const take = (most: number): void => {
          const taken = takeAll(queues, (namespace) => {
            let left = most;
            return (reference) => {
              expect(reference.namespace).toBe(namespace);
              return left-- > 0 ? 'taken' : 'waits';
            };
          });
          for (const reference of taken) expect(queued.delete(reference)).toBe(true);
        };
        for (const now of changes) {
          if (now.do === 'take') take(now.most);
          else {
            const reference = all[now.which]!;
            reference.namespace = now.namespace;
            if (now.do === 'add') queues.add(reference, momentAt(1));
            if (now.do === 'add') queued.add(reference);
          }
          expect(queues.size).toBe(queued.size);
        }
        do take(all.length);
        while (queues.nextAt === 0);
        expect([queues.size, queued.size]).toEqual([0, 0]);
      }),
    );
  });

  it('lets namespaces take turns', () => {
    const queues = new RefreshQueues<Reference>();
    for (let number = 0; number < 3; number += 1)
      for (const namespace of ['a', 'b', 'c']) queues.add(new Reference(namespace, number), momentAt(1));
    const order: string[] = [];
    while (queues.size > 0) {
      let capacity = 1;
      const taken = takeAll(queues, () => () => (capacity-- > 0 ? 'taken' : 'waits'));
      order.push(...taken.map(({ namespace, number }) => `${namespace}${number}`));
    }
    expect(order).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  });
});
