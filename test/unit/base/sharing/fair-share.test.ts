// Places that namespaces share: one alone gets its full number, and none excludes a new one.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FairShare, capacityFor } from '../../../../src/base/sharing/fair-share.ts';

/** Lets the namespaces take places in turn until none of them may take one more; gives how many are free then. */
function fill(held: FairShare, places: number, namespaces: readonly string[]): number {
  let free = places;
  for (let taken = true; taken;) {
    taken = false;
    for (const namespace of namespaces) {
      if (!held.mayTake(namespace, free)) continue;
      held.take(namespace);
      free -= 1;
      taken = true;
    }
  }
  return free;
}

describe('HeldPlaces', () => {
  it('lets one namespace alone have exactly the number that the places are made for', () => {
    for (let most = 1; most <= 200; most += 1) {
      const held = new FairShare();
      fill(held, capacityFor(most), ['only']);
      expect(held.of('only')).toBe(most);
    }
  });

  it('leaves a place for a namespace that holds none, as long as there are fewer namespaces than places', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 30 }), (most, count) => {
        const places = capacityFor(most);
        const namespaces = Array.from({ length: Math.min(count, Math.floor(places / 2)) }, (_, n) => `busy-${n}`);
        const held = new FairShare();
        const free = fill(held, places, namespaces);
        expect(held.mayTake('new', free)).toBe(true);
        const shares = namespaces.map((namespace) => held.of(namespace));
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives no place where none is free', () => {
    expect(new FairShare().mayTake('new', 0)).toBe(false);
  });

  it('counts by any number of places', () => {
    const held = new FairShare();
    expect([held.mostOf('a', 100), held.mayTake('a', 100, 80), held.mayTake('a', 100, 81)]).toEqual([80, true, false]);
    held.take('a', 60);
    expect([held.of('a'), held.mostOf('a', 40), held.mayTake('a', 40, 20), held.mayTake('a', 40, 21)]).toEqual([60, 80, true, false]);
    held.giveBack('a', 59);
    expect(held.of('a')).toBe(1);
    expect(held.mayTake('a', 5, 6)).toBe(false);
  });
});
