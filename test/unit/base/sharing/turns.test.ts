import { expect, test } from '@jest/globals';
import { Turns } from '../../../../src/base/sharing/turns.ts';

test('namespaces take turns, and each key comes once', () => {
  const turns = new Turns();
  for (const key of ['a1', 'a2', 'a3', 'a1']) turns.add('a', key);
  turns.add('b', 'b1');
  expect(turns.first()).toBe('a1');
  expect([turns.take(), turns.take(), turns.take(), turns.take(), turns.take()]).toEqual(['a1', 'b1', 'a2', 'a3', undefined]);
  expect(turns.isEmpty).toBe(true);
});

test('a deleted key does not come', () => {
  const turns = new Turns();
  turns.add('a', 'a1');
  turns.delete('a', 'a1');
  turns.delete('b', 'b1');
  expect(turns.isEmpty).toBe(true);
  expect(turns.take()).toBeUndefined();
});
