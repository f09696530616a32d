import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Idle, IdleReferences } from '../../../../src/source/references/idle-references.ts';

class Reference implements Idle {
  isUsed = false;
  idleSince = 0;
  queuedSince: number | undefined;
}

const MINUTE = 60_000;
const COUNT = 6;
const step = fc.record({
  do: fc.constantFrom('ask' as const, 'use' as const, 'leave' as const, 'look' as const),
  which: fc.nat(COUNT - 1),
  after: fc.constantFrom(0, 1_000, 20_000, 60_000),
});

describe('IdleReferences', () => {
  it('forgets what nobody uses and nobody has asked for, after a minute, and in two minutes of looks all of it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const idle = new IdleReferences<Reference>();
        const references = Array.from({ length: COUNT }, () => new Reference());
        const known = new Set(references);
        let now = 1_000;
        const look = (): void => {
          for (const over of idle.takeExpired(now)) {
            expect([over.isUsed, now - over.idleSince >= MINUTE, known.delete(over)]).toEqual([false, true, true]);
          }
        };
        for (const reference of references) idle.enqueue(reference, now);
        for (const { do: what, which, after } of steps) {
          now += after;
          const reference = references[which] as Reference;
          if (what === 'look') look();
          else if (known.has(reference)) {
            if (what === 'use') reference.isUsed = true;
            if (what === 'leave') reference.isUsed = false;
            if (!reference.isUsed) idle.enqueue(reference, now);
          }
        }
        for (let minutes = 0; minutes < 2; minutes += 1) {
          now += MINUTE;
          look();
        }
        expect([...known].every(({ isUsed }) => isUsed)).toBe(true);
      }),
    );
  });

  it('forgets thousands that rest together a few hundred at a time, the first first', () => {
    const idle = new IdleReferences<Reference>();
    const references = Array.from({ length: 10_000 }, () => new Reference());
    for (const reference of references) idle.enqueue(reference, 1_000);
    const forgotten: Reference[] = [];
    for (let looks = 0; looks < 40; looks += 1) {
      const over = idle.takeExpired(1_000 + MINUTE);
      expect(over.length).toBeLessThanOrEqual(256);
      forgotten.push(...over);
    }
    expect(forgotten).toEqual(references);
    expect(idle.takeExpired(1_000 + MINUTE)).toEqual([]);
  });

  it('takes one that has been asked for again and again for one', () => {
    const idle = new IdleReferences<Reference>();
    const reference = new Reference();
    for (let times = 0; times < 10_000; times += 1) idle.enqueue(reference, 1_000 + times);
    expect(idle.takeExpired(1_000 + MINUTE)).toEqual([]);
    expect(idle.takeExpired(1_000 + 3 * MINUTE)).toEqual([reference]);
    expect(idle.takeExpired(1_000 + 9 * MINUTE)).toEqual([]);
  });
});
