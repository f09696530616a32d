// The delay of the event loop is measured once, and any number of scrapers and probes may read it.
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { ms, systemClock } from '../../../src/base/time/clock.ts';
import { describeDelay, EventLoopDelay } from '../../../src/telemetry/event-loop-delay.ts';
import { measureEventLoop } from '../../../src/telemetry/metrics/event-loop-metrics.ts';
import { createRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

const HELD_UP = 200;

/** The first sample only says when the observation begins. */
async function holdUp(delay: EventLoopDelay): Promise<void> {
  await waitUntil('the observation has begun', async () => delay.longest(ms(60_000)) > 0);
  const until = performance.now() + HELD_UP;
  while (performance.now() < until);
}

/** The sample is taken by a native timer, which may run after the next timer of JavaScript. */
const untilSeen = (delay: EventLoopDelay): Promise<unknown> =>
  waitUntil('the delay is measured', async () => delay.longest(ms(60_000)) >= HELD_UP);

const minute = 'keytender_event_loop_delay_max_seconds{window="1m"}';

async function sample(registry: Registry, name: string): Promise<number> {
  const line = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no ${name}`);
  return Number(line.slice(name.length));
}

describe('event loop delay', () => {
  it('is a problem beyond the limit only', () => {
    const longest = (found: number) => ({ longest: () => ms(found) });
    expect(describeDelay(longest(5_000), ms(5_000), ms(1))).toBeUndefined();
    expect(describeDelay(longest(5_001.2), ms(5_000), ms(1))).toBe('the event loop stood still for 5001ms');
  });

  it('is not changed by those who read it', async () => {
    const registry = new Registry();
    using delay = measureEventLoop(registry, systemClock);
    await sample(registry, minute);
    await holdUp(delay);
    await untilSeen(delay);
    for (let reader = 0; reader < 3; reader++) {
      expect(describeDelay(delay, ms(HELD_UP - 1), ms(60_000))).toMatch(/^the event loop stood still for \d+ms$/);
      expect(await sample(registry, minute)).toBeGreaterThanOrEqual(HELD_UP / 1_000);
      expect(await sample(registry, 'keytender_event_loop_delay_max_seconds{window="start"}')).toBeGreaterThanOrEqual(HELD_UP / 1_000);
    }
  });

  it('leaves the short window with time and is kept since the start', async () => {
    const clock = new FakeClock();
    const seconds: number[] = [];
    using delay = new EventLoopDelay(clock, (longest) => void seconds.push(longest));
    await holdUp(delay);
    await waitUntil('its second has ended', async () => seconds.some((longest) => longest >= HELD_UP));
    await clock.advance(ms(20_000));
    await waitUntil('a second ended after it', async () => (seconds.at(-1) ?? HELD_UP) < HELD_UP);
    expect(delay.longest(ms(10_000))).toBeLessThan(delay.longest(ms(60_000)));
    await clock.advance(ms(60_000));
    expect(delay.longest(ms(60_000))).toBeLessThan(delay.longestEver);
    expect(delay.longestEver).toBeGreaterThanOrEqual(HELD_UP);
  });

  it('is not among the metrics of prom-client that each scrape resets', async () => {
    const text = await createRegistry('1.2.3').metrics();
    expect(text).toContain('nodejs_eventloop_lag_seconds');
    expect(text).not.toContain('nodejs_eventloop_lag_max_seconds');
  });
});
