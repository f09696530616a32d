// The due queue compared with a simple model: a Map that is sorted.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Dueable, DueQueue } from '../../../../src/source/schedule/due-queue.ts';

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('set' as const), item: fc.integer({ min: 0, max: 40 }), at: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ kind: fc.constant('unset' as const), item: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ kind: fc.constant('take' as const), until: fc.integer({ min: 0, max: 100 }), limit: fc.integer({ min: 0, max: 9 }) }),
  ),
  { maxLength: 600 },
);

interface Item extends Dueable {
  readonly id: number;
}

/** The same objects throughout a test, as the queue keeps times in them. */
function items(count: number): readonly Item[] {
  return Array.from({ length: count }, (_, id) => ({ id, dueAt: Number.POSITIVE_INFINITY }));
}

describe('DueQueue', () => {
  it('gives what is due, earliest first, each once, at its latest time', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new DueQueue<Item>();
        const known = items(41);
        const model = new Map<number, number>();
        for (const step of all) {
          if (step.kind === 'take') {
            const taken = queue.takeDue(step.until, step.limit);
            const due = [...model]
              .filter(([, at]) => at <= step.until)
              .map(([, at]) => at)
              .sort((a, b) => a - b);
            expect(taken.map(({ id }) => model.get(id))).toEqual(due.slice(0, step.limit));
            for (const { id } of taken) model.delete(id);
          } else {
            const at = step.kind === 'set' ? step.at : undefined;
            queue.set(known[step.item]!, at);
            if (at === undefined) model.delete(step.item);
            else model.set(step.item, at);
          }
          expect(queue.size).toBe(model.size);
          expect(queue.peek()?.dueAt).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        }
      }),
    );
  });

  it('stays in order when outdated entries are removed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 600, maxLength: 600 }), (times) => {
        const queue = new DueQueue<Item>();
        const known = items(200);
        for (const [index, at] of times.entries()) queue.set(known[index % 200]!, at);
        const expected = times.slice(-200).sort((a, b) => a - b);
        expect(queue.takeDue(1_000).map(({ id }) => times[400 + id])).toEqual(expected);
      }),
    );
  });

  it('stays in order, and small, when times are moved very often', () => {
    const queue = new DueQueue<Item>();
    const known = items(10);
    for (let round = 0; round < 1_000; round++) for (const item of known) queue.set(item, (item.id * 7 + round) % 10);
    const last = Array.from({ length: 10 }, (_, item) => (item * 7 + 999) % 10);
    expect(queue.takeDue(10).map(({ id }) => last[id])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
