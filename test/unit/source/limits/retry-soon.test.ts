// A person has mended something and asks for a read: the gate of the identity is tried soon, and not more often than every ten seconds.
import { describe, expect, it } from '@jest/globals';
import { fail } from '../../../../src/api/failure.ts';
import type { FailureReason } from '../../../../src/api/reasons.ts';
import { SourceGates } from '../../../../src/source/limits/source-breakers.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, one } from '../engine-world.ts';

function closedBy(reason: FailureReason) {
  const clock = new FakeClock();
  const gates = new SourceGates({ clock, random: () => 0, onTurn: () => undefined });
  const failing = (): void => void gates.judge(one, new Map([[referenceKey(current('a')), fail(reason, 'no')]]), clock.monotonic());
  failing();
  const left = (): number => (gates.retrySoon(one)?.until ?? clock.monotonic()) - clock.monotonic();
  return { clock, gates, failing, left };
}

describe('a gate that somebody asks to try again soon', () => {
  it('is tried ten seconds after its last failure, however often it is asked', async () => {
    const { clock, gates, failing, left } = closedBy('CredentialsExpired');
    expect(gates.closed(one)?.until).toBeGreaterThan(clock.monotonic() + 20_000);
    for (let asked = 0; asked < 5; asked += 1) expect(left()).toBe(10_000);
    await clock.advance(10_001);
    expect(left()).toBe(0);
    failing();
    expect(left()).toBe(10_000);
  });

  it('stays closed for as long as AWS asks for time', () => {
    const { clock, gates, left } = closedBy('Throttled');
    const until = gates.closed(one)?.until ?? 0;
    expect(left()).toBe(until - clock.monotonic());
  });
});
