import { describe, expect, it } from '@jest/globals';
import { RestartGuard } from '../../../src/restart/restart-guard.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function restartedTimes(count: number): { readonly clock: FakeClock; readonly guard: RestartGuard } {
  const clock = new FakeClock();
  const guard = new RestartGuard(clock);
  for (let done = 0; done < count; done += 1) guard.restarted('app', 'c1');
  return { clock, guard };
}

describe('RestartGuard', () => {
  it('lets three restarts for one content go ahead, then makes each wait longer', () => {
    const waits = [0, 2, 3, 4, 5, 20].map((count) => restartedTimes(count).guard.waitFor('app', 'c1'));
    expect(waits).toEqual([undefined, undefined, 30_000, 60_000, 120_000, 600_000]);
  });

  it('counts the time that has passed', async () => {
    const { clock, guard } = restartedTimes(3);
    await clock.advance(29_999);
    expect(guard.waitFor('app', 'c1')).toBe(1);
    await clock.advance(1);
    expect(guard.waitFor('app', 'c1')).toBeUndefined();
  });

  it('never holds up other content or another workload', () => {
    const { guard } = restartedTimes(9);
    expect([guard.waitFor('app', 'c2'), guard.waitFor('other', 'c1')]).toEqual([undefined, undefined]);
    guard.restarted('app', 'c2');
    guard.restarted('app', 'c1');
    expect(guard.waitFor('app', 'c1')).toBeUndefined();
  });

  it('forgets what was quiet for long', async () => {
    const { clock, guard } = restartedTimes(9);
    await clock.advance(20 * 60_000 + 1);
    guard.restarted('other', 'c1');
    guard.restarted('app', 'c1');
    expect(guard.waitFor('app', 'c1')).toBeUndefined();
  });

  it('does as little at a restart where it knows 100,000 workloads as where it knows one', () => {
    const { guard } = restartedTimes(0);
    for (let other = 0; other < 100_000; other += 1) guard.restarted(`other-${other}`, 'c1');
    const before = process.threadCpuUsage();
    for (let again = 0; again < 3_000; again += 1) guard.restarted('app', 'c1');
    const { user, system } = process.threadCpuUsage(before);
    // A look at each of the others would take seconds.
    expect((user + system) / 1_000).toBeLessThan(300);
  });
});
