import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/clock.ts';
import { TimeSlices } from '../../../src/base/time-slices.ts';

const never = new AbortController().signal;

describe('TimeSlices', () => {
  it('lets work go on while its slice lasts, and gives the loop back when it is used up', async () => {
    let now = 0;
    const slices = new TimeSlices({ now: () => now, slice: ms(5) });
    const work = slices.worker('team', never);
    let iterations = 0;
    const counting = (async () => {
      for (; iterations < 1000; iterations += 1) await nextIteration();
    })();
    await work.checkpoint();
    const atFirst = iterations;
    now += 4;
    await work.checkpoint();
    expect(iterations).toBe(atFirst);
    now += 1;
    await work.checkpoint();
    expect(iterations).toBeGreaterThan(atFirst);
    iterations = 1000;
    await counting;
  });

  it('runs one slice in one iteration of the loop, however many wait', async () => {
    const slices = new TimeSlices();
    const order: string[] = [];
    const works = Array.from({ length: 5 }, async (_, index) => {
      await slices.worker(`team-${index}`, never).checkpoint();
      order.push(`slice ${index}`);
    });
    const loop = (async () => {
      for (let count = 0; count < 5; count += 1) {
        await nextIteration();
        order.push('loop');
      }
    })();
    await Promise.all([...works, loop]);
    const slicesInRow = order.join(' ').match(/slice \d slice \d/);
    expect(slicesInRow).toBeNull();
  });

  it('gives slices to groups in turn', async () => {
    const slices = new TimeSlices();
    const order: string[] = [];
    const piece = async (group: string) => {
      await slices.worker(group, never).checkpoint();
      order.push(group);
    };
    await Promise.all([...Array.from({ length: 5 }, () => piece('many')), piece('one')]);
    expect(order).toEqual(['many', 'one', 'many', 'many', 'many', 'many']);
  });

  it('throws the reason of the signal, also to work that waits', async () => {
    const abort = new AbortController();
    const work = new TimeSlices().worker('team', abort.signal);
    const waiting = work.checkpoint();
    abort.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await expect(work.checkpoint()).rejects.toThrow('over');
  });
});
