import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { inSlices } from '../../../../src/base/time/slices.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';

describe('inSlices', () => {
  it('looks at all items in order; loops that run at once share one slice of each iteration of the event loop', async () => {
    let now = 0;
    const slices = new TimeSlices({ now: () => now, slice: ms(5) });
    const order: string[] = [];
    const loop = (group: string, count: number): Promise<void> =>
      inSlices(
        Array.from({ length: count }, (_, index) => index),
        slices.worker(group),
        (item) => {
          order.push(`${group}${item}`);
          now += 1;
        },
      );
    const all = Promise.all([loop('a', 20), loop('b', 20), loop('c', 20)]);
    while (order.filter((one) => one !== '|').length < 60) {
      await nextIteration();
      order.push('|');
    }
    await all;
    const ofEach = ['a', 'b', 'c'].map((group) => order.filter((one) => one.startsWith(group)));
    expect(ofEach).toEqual(['a', 'b', 'c'].map((group) => Array.from({ length: 20 }, (_, index) => `${group}${index}`)));
    const iterations = order.join(' ').split('|');
    // One step may begin at the very end of a slice.
    expect(Math.max(...iterations.map((iteration) => iteration.trim().split(' ').length))).toBeLessThanOrEqual(6);
    // Nobody waits until another has done all.
    expect(order.indexOf('c0')).toBeLessThan(order.indexOf('a19'));
  });

  it('rejects with the reason of the signal', async () => {
    const stop = new AbortController();
    const done: number[] = [];
    const slices = new TimeSlices();
    const loop = inSlices([1, 2], slices.worker('', stop.signal), (item) => void done.push(item));
    stop.abort(new Error('over'));
    await expect(loop).rejects.toThrow('over');
    expect(done).toEqual([]);
  });
});
