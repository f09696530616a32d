import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { inHalves, type NonEmpty } from '../../../src/base/halves.ts';

/** A call fails if one of `bad` is among its items. Records all calls. */
function callOf(bad: ReadonlySet<number>) {
  const calls: (readonly number[])[] = [];
  const call = async (part: NonEmpty<number>) => {
    calls.push(part);
    return { part, isOk: !part.some((item) => bad.has(item)) };
  };
  return { calls, call };
}

const isFailure = ({ isOk }: { readonly isOk: boolean }): boolean => !isOk;

describe('inHalves', () => {
  it('makes one call while it succeeds', async () => {
    const { calls, call } = callOf(new Set());
    expect(await inHalves([1, 2, 3], call, isFailure)).toEqual([{ part: [1, 2, 3], isOk: true }]);
    expect(calls).toEqual([[1, 2, 3]]);
  });

  it('finds the item that makes the call fail, the larger half first', async () => {
    const { calls, call } = callOf(new Set([4]));
    const results = await inHalves([1, 2, 3, 4, 5], call, isFailure);
    expect(calls).toEqual([[1, 2, 3, 4, 5], [1, 2, 3], [4, 5], [4], [5]]);
    expect(results.map(({ part, isOk }) => [part, isOk])).toEqual([
      [[1, 2, 3], true],
      [[4], false],
      [[5], true],
    ]);
  });

  it('halves neither a single item nor a failure that halves would share', async () => {
    const { calls, call } = callOf(new Set([1, 2]));
    await inHalves([1], call, isFailure);
    await inHalves([1, 2], call, () => false);
    expect(calls).toEqual([[1], [1, 2]]);
  });

  it('ends with the error of a call', async () => {
    const call = async (part: NonEmpty<number>) => {
      if (part.length === 1) throw new Error('aborted');
      return part;
    };
    await expect(inHalves([1, 2], call, () => true)).rejects.toThrow('aborted');
  });

  it('answers each item once, in order, and finds exactly the bad ones within twice as many calls as items', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(39)), async (count, bad) => {
        const { calls, call } = callOf(new Set(bad));
        const [first = 0, ...others] = Array.from({ length: count }, (_, item) => item);
        const results = await inHalves([first, ...others], call, isFailure);
        expect(results.flatMap(({ part }) => part)).toEqual([first, ...others]);
        const failing = results.filter(isFailure).flatMap(({ part }) => part);
        expect(failing).toEqual([first, ...others].filter((item) => bad.includes(item)));
        expect(calls.length).toBeLessThan(2 * count);
      }),
    );
  });
});
