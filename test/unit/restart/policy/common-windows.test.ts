import { describe, expect, test } from '@jest/globals';
import type { WindowSpec } from '../../../../src/base/schedule/schedule-window.ts';
import { type Ms, ms } from '../../../../src/base/time/clock.ts';
import { CommonWindows, type Opening, RETRY_MS } from '../../../../src/restart/policy/common-windows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const HOUR = 3_600_000;
const at = (text: string): Ms => ms(Date.parse(text));
const window = (cron: string, hours: number, zone = 'UTC'): WindowSpec => ({ cron, zone, duration: ms(hours * HOUR) });

/** Asks until the search has ended. */
async function ask(sets: readonly (readonly WindowSpec[])[], now: Ms): Promise<{ opening: Opening; calls: number }> {
  const clock = new FakeClock(now);
  const windows = new CommonWindows(clock);
  for (let calls = 1; ; calls += 1) {
    const opening = windows.openingOf(sets, now);
    if (opening.kind !== 'searching') return { opening, calls };
    await clock.advance(RETRY_MS);
  }
}

describe('the common opening of windows', () => {
  test('without windows it is always open', async () => {
    expect((await ask([], at('2026-03-02T00:00:00Z'))).opening).toEqual({ kind: 'open', until: Number.POSITIVE_INFINITY });
  });

  test('any window of a set, and a window of each set', async () => {
    const night = [window('0 1 * * *', 3), window('0 13 * * *', 1)];
    const weekend = [window('0 0 * * SAT', 48)];
    // 2026-03-02 is a Monday.
    expect((await ask([night], at('2026-03-02T02:00:00Z'))).opening).toEqual({ kind: 'open', until: at('2026-03-02T04:00:00Z') });
    expect((await ask([night], at('2026-03-02T04:00:00Z'))).opening).toEqual({ kind: 'closed', opensAt: at('2026-03-02T13:00:00Z') });
    expect((await ask([night, weekend], at('2026-03-02T02:00:00Z'))).opening).toEqual({
      kind: 'closed',
      opensAt: at('2026-03-07T01:00:00Z'),
    });
    expect((await ask([weekend, night], at('2026-03-07T13:30:00Z'))).opening).toEqual({ kind: 'open', until: at('2026-03-07T14:00:00Z') });
  });

  test('windows that do not meet in 366 days never meet, and each call has bounded work', async () => {
    const { opening, calls } = await ask([[window('0 1 * * *', 1)], [window('0 3 * * *', 1)]], at('2026-03-02T02:00:00Z'));
    expect(opening).toEqual({ kind: 'never' });
    expect(calls).toBeGreaterThan(10);
  });

  test('windows that meet only by a change of the clock are found', async () => {
    // Berlin is at UTC+1 in winter and at UTC+2 from 2026-03-29 on: 03:30 in Berlin is 02:30 and then 01:30 UTC.
    const sets = [[window('30 3 * * *', 0.5, 'Europe/Berlin')], [window('0 1 * * *', 1)]];
    expect((await ask(sets, at('2026-03-02T12:00:00Z'))).opening).toEqual({ kind: 'closed', opensAt: at('2026-03-29T01:30:00Z') });
  });

  test('a window that is not valid never opens', async () => {
    expect((await ask([[window('0 1 31 2 *', 1)]], at('2026-03-02T12:00:00Z'))).opening).toEqual({ kind: 'never' });
  });

  test('the answer is kept while it holds, and moves with the time', async () => {
    const clock = new FakeClock(at('2026-03-02T00:30:00Z'));
    const windows = new CommonWindows(clock);
    const night = [window('0 1 * * *', 3)];
    expect(windows.openingOf([night], clock.now())).toEqual({ kind: 'closed', opensAt: at('2026-03-02T01:00:00Z') });
    await clock.advance(ms(HOUR));
    expect(windows.openingOf([night], clock.now())).toEqual({ kind: 'open', until: at('2026-03-02T04:00:00Z') });
    await clock.advance(ms(3 * HOUR));
    expect(windows.openingOf([[...night]], clock.now())).toEqual({ kind: 'closed', opensAt: at('2026-03-03T01:00:00Z') });
  });

  test('550 policies with 16 windows each take many bounded calls, and other workloads with them share the search', async () => {
    const sets = Array.from({ length: 550 }, (_, policy) =>
      Array.from({ length: 16 }, (_unused, index) => window(`${index} ${policy % 24} ${1 + (policy % 28)} * *`, 24 * 0.5 + policy / 1_000)),
    );
    const clock = new FakeClock(at('2026-03-02T00:30:00Z'));
    const windows = new CommonWindows(clock);
    expect(windows.openingOf(sets, clock.now()).kind).toBe('searching');
    expect(windows.openingOf(sets, clock.now()).kind).toBe('searching');
  });

  test('whether a common opening was missed', async () => {
    const clock = new FakeClock(at('2026-03-02T05:00:00Z'));
    const windows = new CommonWindows(clock);
    const night = [window('0 1 * * *', 3)];
    expect(windows.hasOpenedSince([night], at('2026-03-01T23:00:00Z'), clock.now())).toBe(true);
    expect(windows.hasOpenedSince([night], at('2026-03-02T03:00:00Z'), clock.now())).toBe(true);
    expect(windows.hasOpenedSince([night], at('2026-03-02T04:30:00Z'), clock.now())).toBe(false);
  });
});
