import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import { Replans } from '../../../src/change-events/replans.ts';

/** Each step takes half a slice. */
function walking(steps: number, isDefect = false) {
  const seen = { now: 0, walks: 0, steps: 0, inIteration: 0, most: 0, errors: [] as unknown[] };
  const slices = new TimeSlices({ now: () => seen.now, slice: ms(5) });
  function* walk(): Generator<void> {
    seen.walks += 1;
    for (let step = 0; step < steps; step += 1) {
      if (isDefect) throw new TypeError('a defect');
      seen.now += 2.5;
      seen.steps += 1;
      seen.inIteration += 1;
      seen.most = Math.max(seen.most, seen.inIteration);
      yield;
    }
  }
  const replans = new Replans({ slices, walk, onError: (error) => seen.errors.push(error) });
  const iterations = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) {
      seen.inIteration = 0;
      await nextIteration();
    }
  };
  return { seen, replans, iterations };
}

describe('planning references again', () => {
  it('gives the event loop back after each slice', async () => {
    const { seen, replans, iterations } = walking(100);
    replans.request();
    expect(seen.steps).toBeLessThanOrEqual(2);
    await iterations(200);
    expect([seen.steps, seen.walks]).toEqual([100, 1]);
    expect(seen.most).toBeLessThanOrEqual(4);
  });

  it('makes one more walk for all requests during a walk', async () => {
    const { seen, replans, iterations } = walking(100);
    replans.request();
    await iterations(3);
    for (let request = 0; request < 50; request += 1) replans.request();
    await iterations(400);
    expect([seen.steps, seen.walks]).toEqual([200, 2]);
    replans.request();
    await iterations(200);
    expect([seen.steps, seen.walks]).toEqual([300, 3]);
  });

  it('reports a defect, and walks again at the next request', async () => {
    const { seen, replans, iterations } = walking(1, true);
    replans.request();
    await iterations(3);
    replans.request();
    await iterations(3);
    expect([seen.walks, seen.errors.length]).toEqual([2, 2]);
  });
});
