import { describe, expect, it } from '@jest/globals';
import { dollarsOf, naiveDay } from '../../../bench/simulation/cost.ts';
import { makeFleet } from '../../../bench/simulation/fleet.ts';
import { Simulation } from '../../../bench/simulation/simulation.ts';

const MINUTE = 60_000;

describe('the simulated fleet', () => {
  it('is the same in every run, and of the size asked for', () => {
    const names = (count: number) => makeFleet(count).resources.map(({ key, interval, secret }) => [key, interval, secret.name]);
    expect(names(2_000)).toEqual(names(2_000));
    expect(new Set(names(2_000).map(([key]) => key)).size).toBe(2_000);
  });

  it('refreshes a secret at the smallest interval of those who read it', () => {
    for (const { interval, secret } of makeFleet(2_000).resources) expect(secret.interval).toBeLessThanOrEqual(interval);
  });

  it('would cost one call for each resource and interval without an engine', () => {
    const fleet = makeFleet(400);
    const calls = fleet.resources.reduce((sum, { interval }) => sum + (24 * 60 * MINUTE) / interval, 0);
    expect(naiveDay(fleet).calls).toBe(calls);
    expect(naiveDay(fleet).dollars.low).toBeCloseTo(calls * 0.000005, 9);
  });
});

describe('the price of calls', () => {
  it('lies between one call for each batch and one for each secret in it', () => {
    const none = { calls: 0, throttled: 0, failed: 0, secrets: 0 };
    const { low, high } = dollarsOf({ BatchGetSecretValue: { ...none, calls: 10_000, secrets: 200_000 }, GetSecretValue: none });
    expect(low).toBeCloseTo(0.05, 9);
    expect(high).toBeCloseTo(1 + 0.6, 9);
  });
});

describe('a simulation', () => {
  it('reads every secret once at first, and notices each change within the interval of its secret', async () => {
    const fleet = makeFleet(200);
    await using simulation = new Simulation(fleet, []);
    await simulation.fill();
    const { BatchGetSecretValue: batch, GetSecretValue: single } = simulation.aws.take();
    expect(batch.secrets + single.secrets).toBe(fleet.secrets.length);
    const readable = fleet.secrets.filter(({ missing }) => !missing);
    simulation.change(readable.map((secret) => ({ at: 5 * MINUTE, secret })));
    await simulation.until(66 * MINUTE);
    expect(simulation.lags.unnoticed).toBe(0);
    const lags = [...simulation.lags.undisturbed];
    expect(lags.reduce((sum, [, { count }]) => sum + count, 0)).toBe(readable.length);
    for (const [interval, { max }] of lags) expect(max).toBeLessThanOrEqual(interval + 1_000);
  });

  it('asks AWS for next to nothing while that cannot be reached', async () => {
    // Enough in each region that it cannot be a few bad secrets.
    const fleet = makeFleet(1_000);
    await using simulation = new Simulation(fleet, []);
    await simulation.fill();
    simulation.aws.take();
    simulation.aws.outage = true;
    await simulation.until(10 * MINUTE);
    const { BatchGetSecretValue: batch, GetSecretValue: single } = simulation.aws.take();
    expect(batch.failed + single.failed).toBe(batch.calls + single.calls);
    expect(batch.calls + single.calls).toBeGreaterThan(0);
    expect(batch.calls + single.calls).toBeLessThan(100);
  });
});
