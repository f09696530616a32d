import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../src/base/time/clock.ts';
import type { Key } from '../../../src/base/key.ts';
import type { Priority } from '../../../src/base/priority.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

type Step =
  | { readonly do: 'add'; readonly key: string; readonly priority: Priority }
  | { readonly do: 'addAfter'; readonly key: string; readonly priority: Priority; readonly delay: number }
  | { readonly do: 'take' }
  | { readonly do: 'done'; readonly which: number }
  | { readonly do: 'advance'; readonly by: number };

const open = new AbortController().signal;
const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const priorities = fc.constantFrom<Priority[]>(0, 1, 2, 3, 4);
const AGING = 1_000;

function steps(longestAdvance: number): fc.Arbitrary<Step[]> {
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), key: keys, priority: priorities }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('addAfter' as const), key: keys, priority: priorities, delay: fc.nat(40) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), which: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.nat(longestAdvance) }) },
    ),
    { maxLength: 80 },
  );
}

/** What the documentation says, in the simplest data: one entry a key, sorted when asked. */
class Model {
  readonly queued = new Map<string, { priority: number; since: number; order: number }>();
  readonly delayed = new Map<string, { priority: number; due: number; order: number }>();
  readonly working: string[] = [];
  #order = 0;

  add(key: string, priority: number, now: number): void {
    const best = Math.min(priority, this.delayed.get(key)?.priority ?? 9, this.queued.get(key)?.priority ?? 9);
    this.delayed.delete(key);
    const before = this.queued.get(key);
    this.queued.set(key, { priority: best, since: before?.since ?? now, order: before?.order ?? (this.#order += 1) });
  }

  addAfter(key: string, priority: number, delay: number, now: number): void {
    if (delay === 0 || this.queued.has(key)) {
      this.add(key, priority, now);
      return;
    }
    const before = this.delayed.get(key);
    const due = Math.min(before?.due ?? Infinity, now + delay);
    this.delayed.set(key, { due, priority: Math.min(before?.priority ?? 9, priority), order: before?.order ?? (this.#order += 1) });
  }

  advance(now: number): void {
    const due = [...this.delayed].filter(([, entry]) => entry.due <= now).sort(([, a], [, b]) => a.due - b.due || a.order - b.order);
    for (const [key, entry] of due) this.add(key, entry.priority, entry.due);
  }

  /** Milliseconds until the next delay ends: the queue waits for that and for nothing else. */
  untilNext(now: number): number | undefined {
    return this.delayed.size === 0 ? undefined : Math.min(...this.delayed.values().map(({ due }) => due - now));
  }

  /** The keys that may come next: several when keys became ready by `done`, whose order among equals the queue may choose. */
  candidates(now: number): string[] {
    const free = [...this.queued].filter(([key]) => !this.working.includes(key));
    const rank = (entry: { priority: number; since: number }): number =>
      now - entry.since >= AGING ? Math.min(entry.priority, 1) : entry.priority;
    const best = Math.min(...free.map(([, entry]) => rank(entry)));
    return free.filter(([, entry]) => rank(entry) === best).map(([key]) => key);
  }
}

describe('WorkQueue, any sequence of operations', () => {
  it('loses no key, has none worked on twice at once, and keeps to the priorities', async () => {
    await fc.assert(
      fc.asyncProperty(steps(2_000), async (sequence) => {
        const clock = new FakeClock();
        const queue = new WorkQueue({ name: 'test', clock, agingAfter: ms(AGING) });
        const model = new Model();
        const take = async (): Promise<void> => {
          const expected = model.candidates(clock.monotonic());
          if (expected.length === 0) return;
          const key = await queue.take(open);
          expect(expected).toContain(key);
          model.queued.delete(String(key));
          model.working.push(String(key));
        };
        const done = (which: number): void => {
          const [key] = model.working.splice(which % Math.max(model.working.length, 1), 1);
          if (key !== undefined) queue.done(key as Key);
        };
        for (const step of sequence) {
          if (step.do === 'add') {
            queue.add(step.key as Key, step.priority);
            model.add(step.key, step.priority, clock.monotonic());
          } else if (step.do === 'addAfter') {
            queue.addAfter(step.key as Key, step.priority, ms(step.delay));
            model.addAfter(step.key, step.priority, step.delay, clock.monotonic());
          } else if (step.do === 'take') await take();
          else if (step.do === 'done') done(step.which);
          else {
            await clock.advance(step.by);
            model.advance(clock.monotonic());
          }
          expect([queue.depth, clock.untilNext]).toEqual([model.queued.size, model.untilNext(clock.monotonic())]);
        }
        await clock.advance(40);
        model.advance(clock.monotonic());
        while (model.queued.size + model.working.length > 0) {
          await take();
          done(0);
        }
        expect([queue.depth, clock.sleeping]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });

  it('is first in first out within one priority when nobody works', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(keys, priorities), { maxLength: 60 }), async (adds) => {
        const queue = new WorkQueue({ name: 'test', clock: new FakeClock() });
        const first = new Map<string, number>();
        const best = new Map<string, number>();
        for (const [key, priority] of adds) {
          queue.add(key as Key, priority);
          if (!first.has(key)) first.set(key, first.size);
          best.set(key, Math.min(best.get(key) ?? 9, priority));
        }
        const order: (Key | undefined)[] = [];
        while (queue.depth > 0) order.push(await queue.take(open));
        expect(order).toEqual([...first.keys()].sort((a, b) => best.get(a)! - best.get(b)! || first.get(a)! - first.get(b)!));
      }),
    );
  });
});
