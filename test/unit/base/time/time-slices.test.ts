import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';

const never = new AbortController().signal;

/** Time passes by steps only. */
class Steps {
  now = 0;
  readonly slices = new TimeSlices({ now: () => this.now, slice: ms(5) });
  readonly order: string[] = [];

  async work(group: string, steps: number, msEach: number): Promise<void> {
    const work = this.slices.worker(group, never);
    for (let step = 0; step < steps; step += 1) {
      await work.checkpoint();
      this.order.push(group);
      this.now += msEach;
    }
  }

  /** Marks iterations of the event loop in the order. */
  async loop(iterations: number): Promise<void> {
    for (let count = 0; count < iterations; count += 1) {
      await nextIteration();
      this.order.push('|');
    }
  }

  /** Milliseconds of work between two iterations, the longest. */
  longest(msEach: number): number {
    const stretches = this.order.join(' ').split('|');
    return Math.max(...stretches.map((stretch) => stretch.split(' ').filter((step) => step !== '').length * msEach));
  }
}

describe('TimeSlices', () => {
  it('lets work go on within its slice, and gives the loop back when it is used up', async () => {
    const steps = new Steps();
    await Promise.all([steps.work('team', 30, 1), steps.loop(20)]);
    expect(steps.order.filter((step) => step === 'team')).toHaveLength(30);
    expect(steps.longest(1)).toBe(5);
  });

  it('gives all work together one slice in an iteration of the loop, however many wait', async () => {
    const steps = new Steps();
    const works = Array.from({ length: 10 }, (_, index) => steps.work(`team-${index}`, 3, 1));
    await Promise.all([...works, steps.loop(30)]);
    // A step that somebody else took after the last look at the time comes on top.
    expect(steps.longest(1)).toBeLessThanOrEqual(6);
  });

  it('runs steps that take longer than a slice one at a time', async () => {
    const steps = new Steps();
    const works = Array.from({ length: 10 }, (_, index) => steps.work(`team-${index}`, 3, 20));
    await Promise.all([...works, steps.loop(60)]);
    expect(steps.longest(20)).toBe(20);
  });

  it('lets short work of many through in one iteration', async () => {
    const steps = new Steps();
    const works = Array.from({ length: 40 }, (_, index) => steps.work(`team-${index}`, 1, 0.1));
    await Promise.all([...works, steps.loop(3)]);
    expect(steps.longest(1)).toBe(40);
  });

  it('lets groups that wait go on in turn', async () => {
    const steps = new Steps();
    const many = Array.from({ length: 5 }, () => steps.work('many', 1, 20));
    await Promise.all([...many, steps.work('one', 1, 20)]);
    expect(steps.order).toEqual(['many', 'one', 'many', 'many', 'many', 'many']);
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
