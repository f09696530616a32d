// Reads by namespace: turns, urgency within a turn, and reads that several namespaces need.
import { describe, expect, it } from '@jest/globals';
import type { ReferenceKey } from '../../../../../src/source/port.ts';
import { NamespaceQueues, type QueuedRead } from '../../../../../src/source/reading/queue/namespace-queues.ts';

function one(name: string, wanted: boolean, ...namespaces: readonly string[]): QueuedRead {
  return { key: name as ReferenceKey, namespaces: new Set(namespaces), since: 0, wanted, servedNamespace: '' };
}

function sharesOf(...all: readonly QueuedRead[]): NamespaceQueues<QueuedRead> {
  const shares = new NamespaceQueues<QueuedRead>();
  for (const each of all) shares.add(each);
  return shares;
}

function order(shares: NamespaceQueues<QueuedRead>, may?: (namespace: string) => boolean): readonly string[] {
  return shares
    .inOrder(may)
    .map(({ key }) => String(key))
    .toArray();
}

describe('shares of what waits', () => {
  it('take turns by namespace, what somebody waits for first, and refreshes of others before the next turn', () => {
    const shares = sharesOf(
      ...['a1', 'a2', 'a3'].map((name) => one(name, true, 'a')),
      one('ar', false, 'a'),
      one('b1', true, 'b'),
      ...['cr1', 'cr2'].map((name) => one(name, false, 'c')),
    );
    expect(order(shares)).toEqual(['a1', 'b1', 'cr1', 'a2', 'cr2', 'a3', 'ar']);
  });

  it('leave out namespaces that may not be served, and go on with the one after the last', () => {
    const shares = sharesOf(one('a1', true, 'a'), one('b1', true, 'b'), one('c1', true, 'c'));
    expect(order(shares, (namespace) => namespace !== 'b')).toEqual(['a1', 'c1']);
    shares.served('a');
    expect(order(shares)).toEqual(['b1', 'c1', 'a1']);
  });

  it('count what several want for the one that gets it first, and give it once', () => {
    const common = one('common', true, 'a', 'b');
    const many = Array.from({ length: 100 }, (_, n) => one(`a${n}`, true, 'a'));
    const shares = sharesOf(...many, common);
    expect(order(shares).slice(0, 2)).toEqual(['a0', 'common']);
    expect(order(shares)).toHaveLength(101);
    expect(common.servedNamespace).toBe('b');
    shares.remove(common);
    expect(order(shares)).toHaveLength(100);
  });

  it('move what becomes urgent, and keep nothing of what was taken out', () => {
    const shares = sharesOf(one('r1', false, 'a'), one('r2', false, 'a'));
    const urgent = one('r3', false, 'a');
    shares.add(urgent);
    Object.assign(urgent, { wanted: true });
    shares.add(urgent);
    expect([order(shares), shares.hasWanted, shares.size]).toEqual([['r3', 'r1', 'r2'], true, 3]);
    for (const each of shares.all) shares.remove(each);
    expect([order(shares), shares.hasWanted, shares.size, shares.oldest]).toEqual([[], false, 0, undefined]);
  });
});
