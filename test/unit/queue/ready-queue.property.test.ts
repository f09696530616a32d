import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../src/base/time/clock.ts';
import { type Key, nameOf } from '../../../src/base/key.ts';
import type { Priority } from '../../../src/base/priority.ts';
import { ReadyQueue } from '../../../src/queue/ready-queue.ts';

type Step =
  | { readonly do: 'add'; readonly key: Key; readonly priority: Priority }
  | { readonly do: 'pop' }
  | { readonly do: 'advance'; readonly by: number };

const AGING = 1_000;
/** Twelve keys of three namespaces, and two of none. */
const keys = fc.constantFrom(
  ...['a', 'b', 'c'].flatMap((space) => [1, 2, 3, 4].map((name) => `${space}/${name}`)),
  '1',
  '2',
) as fc.Arbitrary<Key>;
const priorities = fc.constantFrom<Priority[]>(0, 1, 2, 3, 4);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('add' as const), key: keys, priority: priorities }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.nat(700) }) },
  ),
  { maxLength: 120 },
);

interface Waiting {
  readonly key: Key;
  readonly priority: number;
  readonly since: number;
  readonly order: number;
}

/** What the documentation says, in the simplest data: a list of what waits, and one of the namespaces of each priority in turn. */
class Model {
  readonly waiting: Waiting[] = [];
  readonly turns: string[][] = [[], [], [], [], []];
  #order = 0;

  add(key: Key, priority: number, since: number): void {
    const before = this.waiting.find((entry) => entry.key === key);
    if (before === undefined) this.#place({ key, priority, since, order: (this.#order += 1) });
    else if (priority < before.priority) this.#move(before, priority);
  }

  pop(now: number): Key | undefined {
    const aged = this.waiting.filter(({ priority, since }) => priority > 1 && since + AGING <= now);
    for (const entry of aged.sort((a, b) => a.since - b.since || a.order - b.order)) this.#move(entry, 1);
    const best = Math.min(...this.waiting.map(({ priority }) => priority));
    const namespace = this.turns[best]?.shift();
    const ours = this.waiting.filter((entry) => entry.priority === best && nameOf(entry.key).namespace === namespace);
    const next = ours.sort((a, b) => a.order - b.order)[0];
    if (next === undefined) return undefined;
    this.waiting.splice(this.waiting.indexOf(next), 1);
    if (ours.length > 1) this.turns[best]?.push(String(namespace));
    return next.key;
  }

  #move(entry: Waiting, priority: number): void {
    this.waiting.splice(this.waiting.indexOf(entry), 1);
    const { namespace } = nameOf(entry.key);
    const others = this.waiting.some((other) => other.priority === entry.priority && nameOf(other.key).namespace === namespace);
    const turns = this.turns[entry.priority] ?? [];
    if (!others) turns.splice(turns.indexOf(namespace), 1);
    this.#place({ ...entry, priority });
  }

  #place(entry: Waiting): void {
    const { namespace } = nameOf(entry.key);
    this.waiting.push(entry);
    if (this.turns[entry.priority]?.includes(namespace) === false) this.turns[entry.priority]?.push(namespace);
  }
}

function popAll(list: ReadyQueue): Key[] {
  return Array.from({ length: list.size }, () => list.pop(ms(0))?.key).filter((key) => key !== undefined);
}

describe('ReadyQueue', () => {
  it('behaves as a list of the namespaces in turn, for each priority, under any sequence of operations', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const list = new ReadyQueue(ms(AGING));
        const model = new Model();
        let now = ms(0);
        for (const step of sequence) {
          if (step.do === 'add') {
            list.add({ key: step.key, priority: step.priority, since: now });
            model.add(step.key, step.priority, now);
          } else if (step.do === 'pop') expect(list.pop(now)?.key).toBe(model.pop(now));
          else now = ms(now + step.by);
          expect(list.size).toBe(model.waiting.length);
          for (const { key } of model.waiting) expect(list.has(key)).toBe(true);
        }
        while (model.waiting.length > 0) expect(list.pop(now)?.key).toBe(model.pop(now));
        expect([list.size, list.pop(now)]).toEqual([0, undefined]);
      }),
      { numRuns: 500 },
    );
  });

  it('serves each namespace that waits once before it serves another twice, at the same priority', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 80 }), priorities, (spaces, priority) => {
        const list = new ReadyQueue(ms(AGING));
        for (const [name, space] of spaces.entries()) list.add({ key: `${space}/${name}` as Key, priority, since: ms(0) });
        const served = new Map<string, number>();
        const rounds = popAll(list).map((key) => {
          const { namespace } = nameOf(key);
          const round = (served.get(namespace) ?? 0) + 1;
          served.set(namespace, round);
          return round;
        });
        expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
        expect(rounds).toHaveLength(spaces.length);
      }),
    );
  });

  it('keeps one resource behind one of 5,000 of another namespace, not behind all', () => {
    const list = new ReadyQueue(ms(AGING));
    const many = Array.from({ length: 5_000 }, (_, name) => `many/${name}` as Key);
    for (const key of [...many, 'few/1' as Key]) list.add({ key, priority: 1, since: ms(0) });
    expect([list.pop(ms(0))?.key, list.pop(ms(0))?.key]).toEqual(['many/0', 'few/1']);
    expect(popAll(list)).toEqual(many.slice(1));
  });

  it('serves what has aged in its turn, the oldest of its namespace first, with changes that never end', () => {
    const list = new ReadyQueue(ms(AGING));
    list.add({ key: 'calm/1' as Key, priority: 4, since: ms(0) });
    list.add({ key: 'busy/old' as Key, priority: 4, since: ms(0) });
    const served: (Key | undefined)[] = [];
    for (let now = 0; now < 2 * AGING; now += 100) {
      for (const name of ['x', 'y']) list.add({ key: `busy/${name}${now}` as Key, priority: 1, since: ms(now) });
      served.push(list.pop(ms(now))?.key);
    }
    expect(served.slice(0, 10).every((key) => key?.startsWith('busy/'))).toBe(true);
    expect(new Set(served.slice(10, 12))).toEqual(new Set(['busy/old', 'calm/1']));
  });
});
