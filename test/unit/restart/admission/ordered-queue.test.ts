import { expect, test } from '@jest/globals';
import { array, assert, boolean, nat, property, record } from 'fast-check';
import { OrderedQueue } from '../../../../src/restart/admission/ordered-queue.ts';

test('the first key is always the one with the lowest rank and then name', () => {
  const operations = array(record({ isSet: boolean(), key: nat(20).map(String), rank: nat(3) }), { maxLength: 100 });
  assert(
    property(operations, (list) => {
      const queue = new OrderedQueue();
      const model = new Map<string, number>();
      for (const { isSet, key, rank } of list) {
        if (isSet) queue.set(key, rank);
        else expect(queue.delete(key)).toBe(model.has(key));
        if (isSet) model.set(key, rank);
        else model.delete(key);
        const [first] = [...model].sort(([one, low], [other, high]) => low - high || (one < other ? -1 : 1));
        expect(queue.first()).toBe(first?.[0]);
        expect(queue.size).toBe(model.size);
        expect(queue.has(key)).toBe(model.has(key));
        expect([...queue.keys()].sort()).toEqual([...model.keys()].sort());
      }
    }),
  );
});
