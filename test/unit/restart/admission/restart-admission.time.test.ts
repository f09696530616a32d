import { beforeEach, describe, expect, test } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { A, B, CANARY_FIRST, DAY, MINUTE, waitOf, World } from './admission-world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

describe('time', () => {
  test('changes that come together are one rollout; one that never stops waits a minute at most', () => {
    world.group(A, { settle: ms(10_000) });
    const workload = world.workload('a', [A]);
    world.run();
    for (let index = 0; index < 5; index += 1) {
      world.change(A);
      world.advance(5_000);
    }
    expect(world.patched).toEqual([]);
    expect(waitOf(workload)).toBe('Settling');
    world.advance(MINUTE);
    expect(world.patched).toHaveLength(1);

    world.group(B, { settle: ms(30_000) });
    world.workload('b', [B]);
    world.run();
    for (let index = 0; index < 5; index += 1) {
      world.change(B);
      world.advance(20_000);
    }
    expect(world.patchedNames()).toContain('b');
  });

  test('the interval of the policy, and the floor that no policy and no annotation lowers', () => {
    world = new World({ minInterval: ms(MINUTE) });
    world.group(A, { minInterval: ms(10 * MINUTE) });
    const workload = world.workload('a', [A]);
    world.run();
    world.change(A);
    world.advance(30_000);
    world.change(A);
    world.advance(5_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'MinInterval', group: A });
    workload.restartNow = true;
    world.touch(workload);
    world.advance(5_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'MinInterval', group: '' });
    world.advance(MINUTE);
    expect(world.patched).toHaveLength(2);
  });

  test('the interval that the workload itself asks for counts for it alone, and restart-now passes it', () => {
    world.group(A);
    const slow = world.workload('slow', [A], { minInterval: ms(60 * MINUTE) });
    world.workload('quick', [A]);
    world.run();
    for (let index = 0; index < 2; index += 1) {
      world.change(A);
      world.advance(MINUTE);
    }
    expect(world.patchedNames().toSorted()).toEqual(['quick', 'quick', 'slow']);
    expect(slow.verdict).toMatchObject({ kind: 'wait', reason: 'MinInterval', group: '' });
    slow.restartNow = true;
    world.touch(slow);
    world.advance(MINUTE);
    expect(world.patchedNames().filter((name) => name === 'slow')).toHaveLength(2);
  });

  test('windows: closed until the next opening, restart-now passes them, a missed one counts as the policy says', () => {
    const night = [{ cron: '0 1 * * *', zone: 'UTC', duration: ms(60 * MINUTE) }];
    world.group(A, { windows: night });
    world.group(B, { windows: night, missed: 'Immediately' });
    const next = world.workload('a', [A]);
    const now = world.workload('n', [A]);
    const missed = world.workload('b', [B]);
    world.run();
    world.change(A);
    world.advance(5_000);
    expect(next.verdict).toMatchObject({ kind: 'wait', reason: 'WindowClosed', group: A, until: Date.UTC(2026, 2, 3, 1) });
    now.restartNow = true;
    world.touch(now);
    world.advance(MINUTE);
    expect(now.phase).toBe('Healthy');
    world.advance(DAY);
    expect(next.phase).toBe('Healthy');

    // Noon. The change came at noon a day ago, and the workload could not roll since.
    missed.phase = 'Blocked';
    world.change(B);
    world.advance(DAY);
    missed.phase = 'Current';
    world.touch(missed);
    world.advance(MINUTE);
    expect(missed.phase).toBe('Healthy');
  });

  test('windows that never meet are said, and another policy frees the workload', () => {
    const at = (hour: number) => [{ cron: `0 ${hour} * * *`, zone: 'UTC', duration: ms(60 * MINUTE) }];
    world.group(A, { windows: at(1) });
    world.group(B, { windows: at(3) });
    const workload = world.workload('a', [A, B]);
    world.run();
    world.change(A);
    world.change(B);
    world.advance(15 * MINUTE);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'WindowsNeverMeet', group: A, subject: B });
    world.group(B);
    world.group(A);
    world.advance(MINUTE);
    expect(workload.phase).toBe('Healthy');
  });

  test('a source that changes all the time is followed slowly, also by a new process', () => {
    world.group(A);
    const workload = world.workload('a', [A]);
    world.run();
    for (let index = 0; index < 10; index += 1) {
      world.change(A);
      world.advance(MINUTE);
    }
    const before = world.patched.length;
    world.restart();
    world.change(A);
    world.advance(3_000);
    expect(workload.verdict).toMatchObject({ kind: 'wait', reason: 'SourceFlapping', group: A });
    expect(world.patched).toHaveLength(before);
    world.advance(60 * MINUTE);
    expect(world.isDue(workload, A)).toBe(false);
  });

  test('waits of days: timers are set again each day', () => {
    world.group(A, { windows: [{ cron: '0 1 * * SAT', zone: 'UTC', duration: ms(60 * MINUTE) }] });
    const workload = world.workload('a', [A]);
    world.group(B, { waves: [{ ...CANARY_FIRST[0]!, soak: ms(3 * DAY) }, CANARY_FIRST[1]!] });
    world.workload('canary', [B], { labels: { tier: 'canary' } });
    const rest = world.workload('rest', [B]);
    world.run();
    world.change(A);
    world.change(B);
    // Monday noon until Saturday, 02:00.
    world.advance(4 * DAY + 14 * 60 * MINUTE);
    expect([workload.phase, rest.phase]).toEqual(['Healthy', 'Healthy']);
    expect(world.rounds).toBeLessThan(40);
  });
});
