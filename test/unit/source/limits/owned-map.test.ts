import { describe, expect, it } from '@jest/globals';
import { OwnedMap } from '../../../../src/source/limits/owned-map.ts';

describe('OwnedMap', () => {
  it('takes the room for a new entry from the namespace that has most, the one set longest ago', () => {
    const map = new OwnedMap<string, number>(10);
    map.set('honest', 1, 'honest');
    for (let n = 0; n < 100; n += 1) map.set(`hostile-${n}`, n, 'hostile');
    map.set('new', 2, 'new');
    expect(map.size).toBe(10);
    expect(map.get('honest')).toBe(1);
    expect(map.get('new')).toBe(2);
    expect(map.has('hostile-91')).toBe(false);
    expect(map.get('hostile-92')).toBe(92);
  });

  it('counts an entry that changes hands for the last one', () => {
    const map = new OwnedMap<string, number>(2);
    map.set('a', 1, 'one');
    map.set('a', 2, 'two');
    map.set('b', 3, 'one');
    map.set('c', 4, 'two');
    expect([...map]).toEqual([
      ['b', 3],
      ['c', 4],
    ]);
    expect([map.delete('b'), map.delete('b'), map.size]).toEqual([true, false, 1]);
  });
});
