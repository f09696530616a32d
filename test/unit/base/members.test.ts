// Members of values of unknown shape.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { countOf, listOf, mapOf, memberOf, textIn, textOf } from '../../../src/base/members.ts';

describe('members of a value of unknown shape', () => {
  it('are undefined or empty where there are none of that type', () => {
    expect([memberOf({ a: 1 }, 'a'), memberOf(null, 'a'), memberOf('text', 'length'), memberOf(undefined, 'a')]).toEqual([
      1,
      undefined,
      undefined,
      undefined,
    ]);
    expect([listOf({ a: [1] }, 'a'), listOf({ a: { length: 3 } }, 'a'), listOf(7, 'a')]).toEqual([[1], [], []]);
    expect([textOf({ a: 'x' }, 'a'), textOf({ a: '' }, 'a'), textOf({ a: 1 }, 'a')]).toEqual(['x', undefined, undefined]);
    expect([mapOf({ a: { b: 1 } }, 'a'), mapOf({ a: [1] }, 'a'), mapOf({ a: null }, 'a')]).toEqual([{ b: 1 }, undefined, undefined]);
  });

  it('count only whole numbers from 0 on that are exact', () => {
    const counts = [3, 0, -1, 1.5, 2 ** 60, '3', null].map((a) => countOf({ a }, 'a', undefined));
    expect(counts).toEqual([3, 0, undefined, undefined, undefined, undefined, undefined]);
  });

  it('of a map are its own ones, whatever the name is', () => {
    const map = JSON.parse('{"__proto__": "x", "a": 1}') as Record<string, unknown>;
    expect(['__proto__', 'constructor', 'toString', 'a'].map((name) => textIn(map, name))).toEqual(['x', undefined, undefined, undefined]);
    expect(textIn(undefined, 'a')).toBeUndefined();
  });

  it('never throw', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (value, name) => {
        for (const read of [memberOf, listOf, textOf, mapOf]) read(value, name);
        countOf(value, name, 0);
      }),
    );
  });
});
