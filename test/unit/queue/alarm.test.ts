import { describe, expect, it } from '@jest/globals';
import { type Clock, ms } from '../../../src/base/clock.ts';
import { Alarm } from '../../../src/queue/alarm.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

function ringing(clock: Clock): { alarm: Alarm; rings: number[] } {
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.monotonic()));
  return { alarm, rings };
}

describe('Alarm', () => {
  it('rings once, at the time set last', async () => {
    const clock = new FakeClock();
    const start = clock.monotonic();
    const { alarm, rings } = ringing(clock);
    alarm.set(ms(start + 50));
    alarm.set(ms(start + 20));
    alarm.set(ms(start + 20));
    expect(clock.sleeping).toBe(1);
    await clock.advance(100);
    expect(rings).toEqual([start + 20]);
    expect(clock.sleeping).toBe(0);
  });

  it('rings for the same time again after it rang, also for one that has passed', async () => {
    const clock = new FakeClock();
    const { alarm, rings } = ringing(clock);
    alarm.set(ms(1));
    await clock.advance(0);
    alarm.set(ms(1));
    await clock.advance(0);
    expect(rings).toHaveLength(2);
  });

  it('is silent when it is switched off or disposed of', async () => {
    const clock = new FakeClock();
    const { alarm, rings } = ringing(clock);
    alarm.set(ms(clock.monotonic() + 5));
    alarm.set(undefined);
    {
      using other = alarm;
      other.set(ms(clock.monotonic() + 5));
    }
    await clock.advance(10);
    expect(rings).toEqual([]);
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
    const { alarm, rings } = ringing(short);
    alarm.set(ms(start + 25));
    await clock.advance(24);
    await settle();
    expect(rings).toEqual([]);
    await clock.advance(1);
    expect(rings).toEqual([start + 25]);
  });
});
