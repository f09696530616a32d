// What one owner adds must not drop the entries of others.
import { describe, expect, it } from '@jest/globals';
import { SharedMap } from '../../../src/aws/shared-map.ts';

const limits = { total: 20, perOwner: 10 };

describe('a shared map', () => {
  it('keeps the entries of one owner whatever another one adds, and of that one those used last', () => {
    const map = new SharedMap<string, number>(limits);
    map.set('mine', 1, 'a');
    for (let n = 0; n < 1_000; n += 1) map.set(`b${n}`, n, 'b');
    expect(map.get('mine', 'a')).toBe(1);
    expect([map.get('b989', 'b'), map.get('b990', 'b')]).toEqual([undefined, 990]);
    expect(map.size).toBe(11);
  });

  it('takes from the owner with the most entries when many owners have filled it, and from the installation last', () => {
    const map = new SharedMap<string, number>(limits);
    for (let n = 0; n < 12; n += 1) map.set(`store${n}`, n, '');
    for (let owner = 0; owner < 50; owner += 1) for (let n = 0; n < 3; n += 1) map.set(`${owner}/${n}`, n, `tenant${owner}`);
    expect(map.size).toBe(20);
    expect(Array.from({ length: 12 }, (_, n) => map.get(`store${n}`, ''))).toEqual(Array.from({ length: 12 }, (_, n) => n));
  });

  it('stays within its bound when the installation alone fills it', () => {
    const map = new SharedMap<string, number>(limits);
    for (let n = 0; n < 100; n += 1) map.set(`store${n}`, n, '');
    expect(map.size).toBe(20);
  });

  it('counts what two owners use for neither of them', () => {
    const map = new SharedMap<string, number>(limits);
    map.set('both', 1, 'a');
    expect(map.get('both', 'b')).toBe(1);
    for (let n = 0; n < 100; n += 1) map.set(`a${n}`, n, 'a');
    expect(map.get('both', 'b')).toBe(1);
    map.delete('both');
    expect(map.get('both', 'b')).toBeUndefined();
  });
});
