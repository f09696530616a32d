import { describe, expect, it } from '@jest/globals';
import { type Clock, ms } from '../../../src/base/time/clock.ts';
import { Timer } from '../../../src/queue/timer.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

function timerOf(clock: Clock): { timer: Timer; fired: number[] } {
  const fired: number[] = [];
  const timer = new Timer(clock, () => fired.push(clock.monotonic()));
  return { timer, fired };
}

describe('Timer', () => {
  it('fires once, at the time set last', async () => {
    const clock = new FakeClock();
    const start = clock.monotonic();
    const { timer, fired } = timerOf(clock);
    timer.set(ms(start + 50));
    timer.set(ms(start + 20));
    timer.set(ms(start + 20));
    expect(clock.sleeping).toBe(1);
    await clock.advance(100);
    expect(fired).toEqual([start + 20]);
    expect(clock.sleeping).toBe(0);
  });

  it('fires for the same time again after it fired, also for one that has passed', async () => {
    const clock = new FakeClock();
    const { timer, fired } = timerOf(clock);
    timer.set(ms(1));
    await clock.advance(0);
    timer.set(ms(1));
    await clock.advance(0);
    expect(fired).toHaveLength(2);
  });

  it('is silent when it is switched off or disposed of', async () => {
    const clock = new FakeClock();
    const { timer, fired } = timerOf(clock);
    timer.set(ms(clock.monotonic() + 5));
    timer.set(undefined);
    {
      using other = timer;
      other.set(ms(clock.monotonic() + 5));
    }
    await clock.advance(10);
    expect(fired).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it('sleeps on when a timer wakes early', async () => {
    const clock = new FakeClock();
    const short: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (duration, signal) => clock.sleep(ms(Math.min(duration, 10)), signal),
    };
    const start = clock.monotonic();
    const { timer, fired } = timerOf(short);
    timer.set(ms(start + 25));
    await clock.advance(24);
    await settle();
    expect(fired).toEqual([]);
    await clock.advance(1);
    expect(fired).toEqual([start + 25]);
  });
});
