import { describe, expect, it } from '@jest/globals';
import type { KubeFailure } from '../../../../src/kube/port.ts';
import { ReconnectDelay, reconnectPolicy } from '../../../../src/kube/list-watch/reconnect-delay.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const unavailable: KubeFailure = { kind: 'unavailable', status: 0, message: 'm' };
const expired: KubeFailure = { kind: 'expired', status: 410, message: 'm' };

describe('delay before a reconnect', () => {
  it('doubles from 0.8 s to 30 s, up to twice as long by jitter, and starts again after two calm minutes', async () => {
    const clock = new FakeClock();
    const delay = new ReconnectDelay(clock);
    for (const plain of [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]) {
      const waited = delay.after(unavailable);
      expect(waited).toBeGreaterThanOrEqual(plain);
      expect(waited).toBeLessThanOrEqual(plain * 2);
      await clock.advance(waited);
    }
    await clock.advance(120_001);
    expect(delay.after(unavailable)).toBeLessThanOrEqual(1_600);
  });

  it('lists at once after a first 410, but does not storm', () => {
    const delay = new ReconnectDelay(new FakeClock());
    expect(delay.after(expired)).toBe(0);
    expect(delay.after(expired)).toBeGreaterThanOrEqual(1_600);
  });

  it('lists at once when the API server that comes back from an outage knows none of the old versions', () => {
    const delay = new ReconnectDelay(new FakeClock());
    for (let failures = 0; failures < 6; failures += 1) delay.after(unavailable);
    expect(delay.after(expired)).toBe(0);
    expect(delay.after(expired)).toBeGreaterThanOrEqual(30_000);
  });

  it('waits at least as long as the server asks for', () => {
    const delay = new ReconnectDelay(new FakeClock(), reconnectPolicy);
    expect(delay.after({ ...unavailable, retryAfterMs: 9_000 })).toBe(9_000);
  });
});
