// Slow work is reported after its time, with one timer for all.
import { describe, expect, test } from '@jest/globals';
import { ms } from '../../../src/base/time/clock.ts';
import { SlowTracker } from '../../../src/queue/slow-tracker.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function tracked() {
  const clock = new FakeClock();
  const told: (readonly string[])[] = [];
  return { clock, told, tracker: new SlowTracker<string>(clock, ms(100), (slow) => told.push(slow)) };
}

describe('SlowTracker', () => {
  test('tells what is slow, and again what is slow still when more becomes slow', async () => {
    const { clock, told, tracker } = tracked();
    tracker.start('a');
    await clock.advance(60);
    tracker.start('b');
    await clock.advance(39);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([['a']]);
    await clock.advance(60);
    expect(told).toEqual([['a'], ['a', 'b']]);
  });

  test('tells nothing of work that has ended', async () => {
    const { clock, told, tracker } = tracked();
    tracker.start('a');
    tracker.start('b');
    expect([tracker.end('a'), tracker.end('a')]).toEqual([true, false]);
    await clock.advance(100);
    expect(told).toEqual([['b']]);
    expect(tracker.size).toBe(1);
  });

  test('a second start begins the time again', async () => {
    const { clock, told, tracker } = tracked();
    tracker.start('a');
    await clock.advance(90);
    tracker.start('a');
    await clock.advance(99);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([['a']]);
  });

  test('keeps no timer after stop, until the next start', async () => {
    const { clock, told, tracker } = tracked();
    tracker.start('a');
    tracker.stop();
    await clock.advance(100);
    expect(told).toEqual([]);
    tracker.start('b');
    await clock.advance(100);
    expect(told).toEqual([['a', 'b']]);
  });
});
