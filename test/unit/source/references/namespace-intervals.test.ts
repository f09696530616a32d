// The namespaces of a shared reference: each needs the read at its own slots, and none is left out.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ms } from '../../../../src/base/time/clock.ts';
import { NamespaceIntervals } from '../../../../src/source/references/namespace-intervals.ts';
import type { PollTerms } from '../../../../src/source/references/poll-intervals.ts';
import { current } from '../engine-world.ts';

const [MINUTE, HOUR] = [ms(60_000), ms(3_600_000)];
const NOBODY = (): boolean => false;

function intervalsOf(terms: Readonly<Record<string, readonly PollTerms[]>>, relies = true): NamespaceIntervals {
  const intervals = new NamespaceIntervals(current('any'), { reliesOn: () => relies });
  for (const [namespace, all] of Object.entries(terms)) for (const each of all) intervals.count(namespace, each, 1);
  return intervals;
}

/** A reference whose slots of every interval are at full hours, confirmed `seconds` after one, in the next second. */
function neededAt(intervals: NamespaceIntervals, confirmed: number, now: number, known: (namespace: string) => boolean = NOBODY) {
  const read = { phase: 0, confirmedAt: 1_000 * HOUR + confirmed * 1_000, covered: false };
  const { found, nextAt } = intervals.needing(read, { now: ms(1_000 * HOUR + now * 1_000), monotonic: 0 }, known);
  return { found, inSeconds: nextAt / 1_000 };
}

describe('the namespaces of a due reference', () => {
  const shared = intervalsOf({ attacker: [{ interval: MINUTE }], victim: [{ interval: HOUR }] });

  it('are those with the smallest interval, and others from their own slot on', () => {
    expect(neededAt(shared, 0, 60)).toEqual({ found: ['attacker'], inSeconds: 10 });
    expect(neededAt(shared, 0, 3_595)).toEqual({ found: ['attacker'], inSeconds: 5 });
    expect(neededAt(shared, 3_599, 3_600).found.toSorted()).toEqual(['attacker', 'victim']);
    expect(neededAt(shared, 3_600, 3_660).found).toEqual(['attacker']);
  });

  it('are all of them after a failure, without an answer, and with a clock that was set back by more than their interval', () => {
    const all = shared.needing({ phase: 0, confirmedAt: undefined, covered: false }, { now: HOUR, monotonic: 0 }, NOBODY);
    expect(all.found.toSorted()).toEqual(['attacker', 'victim']);
    const back = shared.needing({ phase: 0, confirmedAt: 9 * HOUR, covered: false }, { now: HOUR, monotonic: 0 }, NOBODY);
    expect([back.found, back.nextAt]).toEqual([['attacker'], 10_000]);
  });

  it('have the interval that events give them', () => {
    const relying = { interval: MINUTE, reliance: { maxAge: HOUR } };
    expect(neededAt(intervalsOf({ one: [relying], other: [{ interval: ms(600_000) }] }), 0, 600).found).toEqual(['other']);
    expect(neededAt(intervalsOf({ one: [relying], other: [{ interval: ms(600_000) }] }, false), 0, 600).found.toSorted()).toEqual([
      'one',
      'other',
    ]);
  });

  it('are all found in time, eight at most at once, however many there are', () => {
    const many = intervalsOf(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`ns-${n}`, [{ interval: MINUTE }]])));
    const known = new Set<string>();
    let seconds = 0;
    while (known.size < 100) {
      const { found, inSeconds } = neededAt(many, 0, 60, (namespace) => known.has(namespace));
      expect(found.length).toBeLessThanOrEqual(8);
      for (const namespace of found) known.add(namespace);
      seconds += inSeconds;
    }
    expect(seconds).toBeLessThanOrEqual(13);
  });

  it('include one at once, however many others do not need the read', () => {
    const terms = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`ns-${n}`, [{ interval: n === 499 ? MINUTE : HOUR }]]));
    expect(neededAt(intervalsOf(terms), 0, 60).found).toEqual(['ns-499']);
  });
});

describe('the counts of a shared reference', () => {
  it('are those of the present subscribers, whatever came before', () => {
    const change = fc.record({ namespace: fc.constantFrom('a', 'b', 'c'), interval: fc.constantFrom(1_000, 2_000), drops: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const intervals = new NamespaceIntervals(current('any'), { reliesOn: () => true });
        const model: { namespace: string; interval: number }[] = [];
        for (const { namespace, interval, drops } of changes) {
          const index = model.findIndex((one) => one.namespace === namespace && one.interval === interval);
          if (drops && index < 0) continue;
          intervals.count(namespace, { interval: ms(interval) }, drops ? -1 : 1);
          if (drops) model.splice(index, 1);
          else model.push({ namespace, interval });
          const smallest = Math.min(...model.map((one) => one.interval));
          expect(intervals.all.smallest(false) ?? Number.POSITIVE_INFINITY).toBe(smallest);
          for (const one of ['a', 'b', 'c']) expect(intervals.has(one)).toBe(model.some((each) => each.namespace === one));
          const neediest = model.filter((one) => one.interval === smallest).map((one) => one.namespace);
          const read = { phase: 0, confirmedAt: 1_000_000, covered: false };
          const { found } = intervals.needing(read, { now: ms(1_000_500), monotonic: 0 }, NOBODY);
          expect(found.toSorted()).toEqual([...new Set(neediest)].toSorted());
        }
      }),
    );
  });
});
