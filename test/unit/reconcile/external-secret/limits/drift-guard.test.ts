import { describe, expect, it } from '@jest/globals';
import { keyOf } from '../../../../../src/base/key.ts';
import { DriftGuard } from '../../../../../src/reconcile/external-secret/limits/drift-guard.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const key = keyOf('team', 'orders');

function guard(repairs: number): { clock: FakeClock; guard: DriftGuard } {
  const clock = new FakeClock();
  const made = new DriftGuard(clock);
  for (let count = 0; count < repairs; count += 1) made.repaired(key);
  return { clock, guard: made };
}

describe('DriftGuard', () => {
  it('lets five repairs go ahead, then makes each wait longer than the one before', async () => {
    expect(guard(0).guard.waitFor(key)).toBeUndefined();
    expect(guard(5).guard.waitFor(key)).toBeUndefined();
    expect([6, 7, 8, 9, 20].map((repairs) => guard(repairs).guard.waitFor(key))).toEqual([10_000, 20_000, 40_000, 80_000, 300_000]);
  });

  it('counts the time that has passed, and forgets after five minutes', async () => {
    const { clock, guard: made } = guard(6);
    await clock.advance(4_000);
    expect(made.waitFor(key)).toBe(6_000);
    await clock.advance(6_000);
    expect(made.waitFor(key)).toBeUndefined();
    for (let count = 0; count < 20; count += 1) made.repaired(key);
    await clock.advance(300_000);
    expect(made.waitFor(key)).toBeUndefined();
  });

  it('keeps keys apart, and forgets one when told to', () => {
    const { guard: made } = guard(6);
    expect(made.waitFor(keyOf('team', 'other'))).toBeUndefined();
    made.forget(key);
    expect(made.waitFor(key)).toBeUndefined();
  });
});
