import { describe, expect, it } from '@jest/globals';
import { Stalest } from '../../../../src/view/freshness/stalest.ts';

const one = (namespace: string, at: number) => ({ namespace, name: `r${at}`, at });

describe('the stalest that are named', () => {
  it('are the hundred stalest where there is one namespace', () => {
    const stalest = new Stalest();
    for (let at = 300; at > 0; at -= 1) stalest.add(one('a', at));
    expect(stalest.sorted().map(({ at }) => at)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it('have some of each namespace, however many a namespace has that are staler', () => {
    const stalest = new Stalest();
    for (let at = 1; at <= 300; at += 1) stalest.add(one('loud', at));
    for (let at = 1_000; at < 1_010; at += 1) stalest.add(one('quiet', at));
    const named = stalest.sorted();
    expect(named).toHaveLength(100);
    expect(named.filter(({ namespace }) => namespace === 'quiet').map(({ at }) => at)).toEqual([1_000, 1_001, 1_002, 1_003, 1_004]);
  });

  it('are a hundred at most where there are very many namespaces, the stalest of all among them', () => {
    const stalest = new Stalest();
    for (let at = 1; at <= 1_000; at += 1) stalest.add(one(`n${at}`, at));
    expect(stalest.sorted().map(({ at }) => at)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });
});
