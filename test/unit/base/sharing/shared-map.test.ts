// Entries of one owner must not evict the entries of others.
import { describe, expect, it } from '@jest/globals';
import { SharedMap } from '../../../../src/base/sharing/shared-map.ts';

const limits = { total: 20, perOwner: 10 };

describe('a shared map', () => {
  it('keeps the entries of one owner whatever another one adds, and of that one those used last', () => {
    const map = new SharedMap<string, number>(limits);
    map.set('mine', 1, 'a');
    for (let n = 0; n < 1_000; n += 1) map.set(`b${n}`, n, 'b');
    expect(map.get('mine')).toBe(1);
    expect([map.get('b989'), map.get('b990')]).toEqual([undefined, 990]);
    expect(map.size).toBe(11);
  });

  it('takes from the owner with the most entries when many owners have filled it, and leaves half to the installation', () => {
    const map = new SharedMap<string, number>(limits);
    for (let n = 0; n < 12; n += 1) map.set(`store${n}`, n, '');
    for (let owner = 0; owner < 50; owner += 1) for (let n = 0; n < 3; n += 1) map.set(`${owner}/${n}`, n, `tenant${owner}`);
    expect(map.size).toBe(20);
    const kept = Array.from({ length: 12 }, (_, n) => n).filter((n) => map.get(`store${n}`) !== undefined);
    expect(kept).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('stays within its bound when the installation alone fills it', () => {
    const map = new SharedMap<string, number>(limits);
    for (let n = 0; n < 100; n += 1) map.set(`store${n}`, n, '');
    expect(map.size).toBe(20);
  });

  it('counts what several use for the one that has added it, so that two together take no more room than each alone', () => {
    const map = new SharedMap<string, number>(limits);
    const use = (key: string, owner: string): boolean => {
      const isKept = map.get(key) !== undefined;
      if (!isKept) map.set(key, 1, owner);
      return isKept;
    };
    use('mine', 'c');
    for (let n = 0; n < 200; n += 1) {
      use(`same${n}`, 'a');
      expect(use(`same${n}`, 'b')).toBe(true);
    }
    expect(use('mine', 'c')).toBe(true);
    expect([map.size, new Set(Array.from(map.owners(), ([, owner]) => owner))]).toEqual([11, new Set(['c', 'a'])]);
    map.delete('same199');
    expect(map.get('same199')).toBeUndefined();
  });

  it('counts the sizes of entries, where they are given', () => {
    const map = new SharedMap<string, number>({ total: 1_000, perOwner: 400 });
    map.set('mine', 1, 'a', 10);
    for (let n = 0; n < 100; n += 1) map.set(`b${n}`, n, 'b', 150);
    expect([map.get('b97'), map.get('b98'), map.get('b99'), map.size]).toEqual([undefined, 98, 99, 3]);
    map.set('too large', 1, 'b', 401);
    expect([map.get('too large'), map.get('mine'), map.size]).toEqual([undefined, 1, 1]);
    for (let owner = 0; owner < 50; owner += 1) for (let n = 0; n < 3; n += 1) map.set(`${owner}/${n}`, n, `tenant${owner}`, 100);
    expect([map.get('mine'), map.size]).toEqual([1, 10]);
    map.set('mine', 2, 'a', 20);
    map.delete('mine');
    expect(map.size).toBe(9);
  });
});

describe('a shared map without a bound for one owner', () => {
  it('takes the room for a new entry from the namespace that has most, the one set longest ago', () => {
    const map = new SharedMap<string, number>({ total: 10 });
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
    const map = new SharedMap<string, number>({ total: 2 });
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
