import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const never = new AbortController().signal;

describe('FakeClock', () => {
  it('wakes sleepers in the order of their due times, also those who fall asleep meanwhile', async () => {
    const clock = new FakeClock();
    const start = clock.monotonic();
    const woken: string[] = [];
    const sleeper = async (name: string, naps: number[]): Promise<void> => {
      for (const nap of naps) {
        await clock.sleep(ms(nap), never);
        woken.push(`${name}@${clock.monotonic() - start}`);
      }
    };
    const all = Promise.all([sleeper('late', [30]), sleeper('twice', [10, 15]), sleeper('tie', [10])]);
    await clock.advance(25);
    expect(woken).toEqual(['twice@10', 'tie@10', 'twice@25']);
    expect(clock.untilNext).toBe(5);
    await clock.advance(5);
    await all;
    expect(woken.at(-1)).toBe('late@30');
    expect(clock.sleeping).toBe(0);
  });

  it('rejects with the reason of the signal and forgets the sleeper', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(ms(10), stop.signal);
    stop.abort(new Error('stop'));
    await expect(sleeping).rejects.toThrow('stop');
    await expect(clock.sleep(ms(10), stop.signal)).rejects.toThrow('stop');
    expect(clock.sleeping).toBe(0);
  });

  it('moves both clocks, and lets only the wall clock jump', async () => {
    const clock = new FakeClock(5_000);
    const monotonic = clock.monotonic();
    await clock.advance(100);
    clock.jump(-1_000);
    expect(clock.now()).toBe(4_100);
    expect(clock.monotonic() - monotonic).toBe(100);
  });
});
