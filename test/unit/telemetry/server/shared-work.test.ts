import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { SharedWork } from '../../../../src/telemetry/server/shared-work.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const never = new AbortController().signal;

function scene(duration: number) {
  const clock = new FakeClock();
  let runs = 0;
  const work = new SharedWork(async () => {
    await clock.sleep(ms(duration), never);
    return (runs += 1);
  }, clock);
  return { clock, work, runs: () => runs };
}

describe('SharedWork', () => {
  it('gives one result to all who ask while it is made, and makes another for who asks later', async () => {
    const { clock, work } = scene(10);
    const first = [work.result(), work.result()];
    await clock.advance(5);
    first.push(work.result());
    await clock.advance(5);
    expect(await Promise.all(first)).toEqual([1, 1, 1]);
    const second = work.result();
    await clock.advance(1_000);
    expect(await second).toBe(2);
  });

  it('takes a twentieth of the time at most, however often it is asked for', async () => {
    const { clock, work, runs } = scene(10);
    for (let step = 0; step < 2_000; step++) {
      void work.result();
      await clock.advance(1);
    }
    expect(runs()).toBeGreaterThanOrEqual(9);
    expect(runs()).toBeLessThanOrEqual(11);
  });

  it('pauses for a second at most', async () => {
    const { clock, work, runs } = scene(5_000);
    void work.result();
    await clock.advance(5_000);
    void work.result();
    await clock.advance(6_000);
    expect(runs()).toBe(2);
  });

  it('goes on after a run that failed', async () => {
    const clock = new FakeClock();
    let runs = 0;
    const work = new SharedWork(async () => {
      runs += 1;
      if (runs === 1) throw new Error('broken');
      return runs;
    }, clock);
    await expect(work.result()).rejects.toThrow('broken');
    expect(await work.result()).toBe(2);
  });
});
