import { describe, expect, it } from '@jest/globals';
import { ApiServerHealth } from '../../../src/kube/api-server-health.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('the API server', () => {
  it.each([0, 502, 503, 504])('is down after %s, and up again with any answer', (status) => {
    const health = new ApiServerHealth(new FakeClock());
    expect(health.isUp).toBe(true);
    health.attempted(status);
    expect(health.isUp).toBe(false);
    health.attempted(409);
    expect(health.isUp).toBe(true);
  });

  it.each([200, 403, 404, 429, 500])('is up after %s', (status) => {
    const health = new ApiServerHealth(new FakeClock());
    health.attempted(status);
    expect(health.isUp).toBe(true);
  });

  it('counts as up when nothing was heard of it for a while', async () => {
    const clock = new FakeClock();
    const health = new ApiServerHealth(clock);
    health.attempted(0);
    await clock.advance(45_000);
    expect(health.isUp).toBe(false);
    await clock.advance(1);
    expect(health.isUp).toBe(true);
  });
});
