import { describe, expect, it } from '@jest/globals';
import { keyOf, type Key } from '../../../../../src/base/key.ts';
import { WriterQueue } from '../../../../../src/reconcile/external-secret/limits/writer-queue.ts';

const secret = keyOf('team', 'shared');
const other = keyOf('team', 'other');
const writer = (index: number): Key => keyOf('team', `writer-${index}`);
const never = new AbortController().signal;

/** Places of which the first eight writers have one each. */
function full() {
  const called: Key[] = [];
  const places = new WriterQueue((key) => void called.push(key));
  const entered = Array.from({ length: 10 }, (_, index) => places.enter(secret, writer(index)));
  for (let index = 8; index < 10; index += 1) places.ended(writer(index));
  return { places, called, entered };
}

describe('WriterQueue', () => {
  it('has eight places for each Secret, and calls who waits longest when one is free', () => {
    const { places, called, entered } = full();
    expect(entered).toEqual([...Array<boolean>(8).fill(true), false, false]);
    expect(places.enter(other, writer(20))).toBe(true);
    places.ended(writer(3));
    expect(called).toEqual([writer(8)]);
  });

  it('keeps the place of one that was called, and gives it on when its round did not need it', () => {
    const { places, called } = full();
    places.ended(writer(0));
    expect(places.enter(secret, writer(0))).toBe(false);
    places.ended(writer(0));
    places.ended(writer(8));
    expect(called).toEqual([writer(8), writer(9)]);
    expect(places.enter(secret, writer(9))).toBe(true);
  });

  it('forgets one that is gone, or that writes to another Secret now', () => {
    const { places, called } = full();
    places.leave(writer(8));
    expect(places.enter(other, writer(9))).toBe(true);
    for (let index = 0; index < 8; index += 1) places.ended(writer(index));
    expect(called).toEqual([]);
  });

  it('lets those with a place write one after the other', async () => {
    const { places } = full();
    const { promise: first, resolve: endFirst } = Promise.withResolvers<void>();
    const log: string[] = [];
    const writes = [places.write(writer(0), () => first, never), places.write(writer(1), () => Promise.resolve(log.push('second')), never)];
    const stopped = new AbortController();
    const third = places.write(writer(2), () => Promise.resolve(log.push('third')), stopped.signal);
    stopped.abort(new Error('stopped'));
    await expect(third).rejects.toThrow('stopped');
    expect(log).toEqual([]);
    endFirst();
    await Promise.all(writes);
    expect(log).toEqual(['second']);
    expect(() => places.write(writer(9), () => first, never)).toThrow('has not entered');
  });
});
