// The bound of a pass over the queues of namespaces, and what the next pass does.
import { describe, expect, it } from '@jest/globals';
import { type QueueDecision, RefreshQueues } from '../../../../src/source/refresh/refresh-queues.ts';
import { momentAt, Reference } from '../schedule/queued-reference.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** Queues with so many references for each namespace, numbered in their order. */
function queuesWith(counts: Readonly<Record<string, number>>) {
  const queues = new RefreshQueues<Reference>();
  const all = Object.entries(counts).flatMap(([namespace, count]) =>
    Array.from({ length: count }, (_, number) => new Reference(namespace, number)),
  );
  for (const reference of all) queues.add(reference, momentAt(1));
  /** A pass at time `now`. Returns what it has looked at, in order. */
  const pass = (most: number, decision: (reference: Reference) => QueueDecision, now = 1): readonly string[] => {
    const looked: string[] = [];
    const { looks } = queues.take({
      at: momentAt(now),
      most,
      decide: (namespace) => (reference) => {
        looked.push(`${namespace}${reference.number}`);
        return decision(reference);
      },
    });
    expect(looks).toBeLessThanOrEqual(most);
    return looked;
  };
  return { queues, all, pass };
}

describe('a pass over the queues that ends at its bound', () => {
  it('goes on at once with the namespaces that it has not looked at', () => {
    const { queues, pass } = queuesWith({ a: 5, b: 1, c: 1 });
    expect([pass(2, () => 'left'), queues.nextAt]).toEqual([['a0', 'a1'], 0]);
    expect([pass(3, () => 'left'), queues.nextAt]).toEqual([['b0', 'c0', 'a2'], 0]);
    expect([pass(3, () => 'left'), queues.nextAt]).toEqual([['a3', 'a4'], NEVER]);
    expect(queues.size).toBe(0);
  });

  it('counts references that are dropped without a decision', () => {
    const { queues, all, pass } = queuesWith({ a: 5 });
    for (const [index, reference] of all.entries()) {
      if (index % 2 === 0) reference.isUsed = false;
      else reference.isAnswered = true;
    }
    expect([pass(3, () => 'taken'), queues.size, queues.nextAt]).toEqual([[], 2, 0]);
  });

  it('lets namespaces with a refresh come last', () => {
    const { pass } = queuesWith({ a: 3, b: 3, c: 1 });
    let capacity = 1;
    expect(pass(3, () => (capacity-- > 0 ? 'taken' : 'waits'))).toEqual(['a0', 'a1', 'b0']);
    expect(pass(9, () => 'waits')).toEqual(['c0', 'b0', 'a1']);
  });

  it('looks at the others the next time if all that it has looked at wait, and does so when a refresh has ended', () => {
    const { queues, pass } = queuesWith({ a: 1, b: 1, c: 1 });
    expect([pass(2, () => 'waits'), queues.nextAt]).toEqual([['a0', 'b0'], NEVER]);
    expect(pass(2, () => 'waits')).toEqual(['c0', 'a0']);
  });
});

describe('a namespace that is held', () => {
  it('is not looked at before its time, and hides no other', () => {
    const { queues, pass } = queuesWith({ a: 2, b: 2 });
    const decision = ({ namespace }: Reference): QueueDecision => (namespace === 'a' ? { heldUntil: 50 } : 'waits');
    expect([pass(9, decision), queues.nextAt]).toEqual([['a0', 'b0'], 50]);
    expect([pass(1, decision, 49), queues.nextAt]).toEqual([['b0'], 50]);
    expect([pass(9, () => 'waits', 50), queues.nextAt]).toEqual([['a0', 'b0'], NEVER]);
  });

  it('is looked at before its time by no reference that is added', () => {
    const { queues, pass } = queuesWith({ a: 1 });
    pass(9, () => ({ heldUntil: 50 }));
    queues.add(new Reference('a', 1), momentAt(1));
    expect(pass(9, () => 'taken', 49)).toEqual([]);
    expect(pass(9, () => 'taken', 50)).toEqual(['a0', 'a1']);
  });
});

describe('a reference whose owner changes', () => {
  it('goes to the queue of its present owner, where it is looked at even if the pass has been there', () => {
    const { queues, all, pass } = queuesWith({ a: 1, b: 2 });
    all[1]!.namespace = 'a';
    expect([pass(9, () => 'waits'), queues.nextAt]).toEqual([['a0', 'b1'], 0]);
    expect([pass(9, () => 'taken'), queues.nextAt, queues.size]).toEqual([['a0', 'a0', 'b1'], NEVER, 0]);
  });

  it('leaves the queue of its former owner when it is due again, and is queued once', () => {
    const { queues, all, pass } = queuesWith({ a: 2 });
    all[0]!.namespace = 'b';
    queues.add(all[0]!, momentAt(1));
    expect(queues.size).toBe(2);
    expect(pass(9, () => 'taken')).toEqual(['a1', 'b0']);
  });
});
