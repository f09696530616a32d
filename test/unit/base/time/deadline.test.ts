// A deadline that lasts for ever schedules nothing: Node would fire a timer of infinite length at once.
import { describe, expect, it } from '@jest/globals';
import { startDeadline, withinTime } from '../../../../src/base/time/deadline.ts';
import { ok } from '../../../../src/base/result.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const outer = (): AbortSignal => new AbortController().signal;

describe('a deadline without an end', () => {
  it('schedules nothing', () => {
    const scheduled: number[] = [];
    using deadline = startDeadline(outer(), Number.POSITIVE_INFINITY, (milliseconds) => {
      scheduled.push(milliseconds);
      return () => undefined;
    });
    expect([scheduled, deadline.signal.aborted, deadline.expired]).toEqual([[], false, false]);
  });

  it('still follows the other signal', () => {
    const other = new AbortController();
    using deadline = startDeadline(other.signal, Number.POSITIVE_INFINITY);
    other.abort(new DOMException('stop', 'AbortError'));
    expect([deadline.signal.aborted, deadline.expired]).toEqual([true, false]);
  });

  it('lets a call take its time', async () => {
    const clock = new FakeClock();
    const called = Promise.withResolvers<void>();
    const result = withinTime(clock, outer(), Number.POSITIVE_INFINITY, 'late', async () => {
      await called.promise;
      return ok('done');
    });
    await clock.advance(1_000_000_000);
    expect(clock.sleeping).toBe(0);
    called.resolve();
    expect(await result).toEqual(ok('done'));
  });
});
