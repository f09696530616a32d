// A person has repaired a fault and requests a read: the breaker of the identity permits a probe soon, and at most every ten seconds.
import { describe, expect, it } from '@jest/globals';
import { fail } from '../../../../src/failure/failure.ts';
import type { FailureReason } from '../../../../src/failure/reasons.ts';
import { SourceBreakers } from '../../../../src/source/limits/breakers/source-breakers.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, one } from '../engine-world.ts';

function closedBy(reason: FailureReason) {
  const clock = new FakeClock();
  const breakers = new SourceBreakers({ clock, random: () => 0, onChange: () => undefined });
  const failing = (): void => void breakers.recordCall(one, new Map([[referenceKey(current('a')), fail(reason, 'no')]]), clock.monotonic());
  failing();
  const left = (): number => (breakers.retrySoon(one)?.until ?? clock.monotonic()) - clock.monotonic();
  return { clock, breakers, failing, left };
}

describe('an open breaker that somebody asks to try again soon', () => {
  it('is tried ten seconds after its last failure, however often it is asked', async () => {
    const { clock, breakers, failing, left } = closedBy('CredentialsExpired');
    expect(breakers.openBreaker(one)?.until).toBeGreaterThan(clock.monotonic() + 20_000);
    for (let asked = 0; asked < 5; asked += 1) expect(left()).toBe(10_000);
    await clock.advance(10_001);
    expect(left()).toBe(0);
    failing();
    expect(left()).toBe(10_000);
  });

  it('stays closed for as long as AWS asks for time', () => {
    const { clock, breakers, left } = closedBy('Throttled');
    const until = breakers.openBreaker(one)?.until ?? 0;
    expect(left()).toBe(until - clock.monotonic());
  });
});
