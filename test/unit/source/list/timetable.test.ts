import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { Timetable } from '../../../../src/source/list/timetable.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MINUTE } from '../engine-world.ts';

const HOUR = ms(60 * MINUTE);
const using = (...intervals: readonly number[]) => new Map(intervals.map((interval) => [ms(interval), true]));

/** Minutes (since the start) at which each interval is due, if every due list is made at once. */
async function dueIn(
  minutes: number,
  intervals: readonly number[],
  phase: number,
): Promise<readonly (readonly [number, readonly number[]])[]> {
  const clock = new FakeClock();
  const timetable = new Timetable({ clock, phase, minInterval: ms(1_000) });
  timetable.setIntervals(using(...intervals));
  const seen: (readonly [number, readonly number[]])[] = [];
  for (let at = 0; at < minutes; at = (clock.monotonic() - 1_000) / MINUTE) {
    await clock.advance(timetable.nextAt - clock.monotonic());
    const due = timetable.due();
    seen.push([(clock.monotonic() - 1_000) / MINUTE, due.map((interval) => interval / MINUTE)]);
    timetable.served(due);
  }
  return seen;
}

describe('Timetable', () => {
  it('has the slots of an interval where the wall clock and the phase say, whatever other intervals there are', async () => {
    expect(await dueIn(3, [MINUTE], 15_000)).toEqual([
      [0.25, [1]],
      [1.25, [1]],
      [2.25, [1]],
      [3.25, [1]],
    ]);
    expect(await dueIn(4, [2 * MINUTE, MINUTE, 3 * MINUTE], 75_000)).toEqual([
      [0.25, [1]],
      [1.25, [2, 1, 3]],
      [2.25, [1]],
      [3.25, [2, 1]],
      [4.25, [1, 3]],
    ]);
  });

  it('takes slots together that the clocks put a few milliseconds apart, once', async () => {
    const clock = new FakeClock();
    const timetable = new Timetable({ clock, phase: 30_000, minInterval: ms(1_000) });
    timetable.setIntervals(using(MINUTE));
    clock.jump(3);
    timetable.setIntervals(using(MINUTE, HOUR));
    await clock.advance(30_000 - 3);
    expect(timetable.due()).toEqual([MINUTE, HOUR]);
    timetable.served([MINUTE, HOUR]);
    expect(timetable.nextAt - clock.monotonic()).toBe(MINUTE);
  });

  it('comes back within five minutes to what could not be looked at', async () => {
    const clock = new FakeClock();
    const timetable = new Timetable({ clock, phase: 0, minInterval: ms(1_000) });
    timetable.setIntervals(using(HOUR));
    await clock.advance(HOUR);
    expect(timetable.due()).toEqual([HOUR]);
    timetable.missed([HOUR]);
    expect(timetable.nextAt - clock.monotonic()).toBe(5 * MINUTE);
    await clock.advance(5 * MINUTE);
    timetable.served(timetable.due());
    expect(timetable.nextAt - clock.monotonic()).toBe(55 * MINUTE);
  });

  it('keeps to the shortest interval that is allowed, and forgets what is not in use', () => {
    const clock = new FakeClock();
    const timetable = new Timetable({ clock, phase: 0, minInterval: MINUTE });
    timetable.setIntervals(using(1_000));
    expect(timetable.nextAt - clock.monotonic()).toBe(MINUTE);
    timetable.setIntervals(using());
    expect(timetable.nextAt).toBe(Number.POSITIVE_INFINITY);
    expect(timetable.due()).toEqual([]);
  });
});
