/** Metrics of the event loop. A scrape does not reset them, so each of several scrapers sees all values. */
import type { Registry } from 'prom-client';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { EventLoopDelay } from '../event-loop-delay.ts';
import { instrumentsOf } from './instruments.ts';

/** Around 50 ms, the limit of a step. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const WINDOWS: ReadonlyMap<string, Ms> = new Map([
  ['10s', ms(10_000)],
  ['1m', ms(60_000)],
]);

/** Measures the event loop until the result is disposed. Other code can read the result too. */
export function measureEventLoop(registry: Registry, clock: Pick<Clock, 'monotonic'>): EventLoopDelay {
  const { gauge, histogram } = instrumentsOf(registry);
  const each = 'The longest delay of the event loop in each second: one observation a second.';
  const seconds = histogram('keytender_event_loop_delay_seconds', each, [], SECONDS);
  const delay = new EventLoopDelay(clock, (longest) => seconds.observe(longest / 1_000));
  const longest = 'The longest delay of the event loop in the last 10 seconds, in the last minute and since the start of the process.';
  gauge('keytender_event_loop_delay_max_seconds', longest, ['window'], (made) => {
    for (const [window, length] of WINDOWS) made.set({ window }, delay.longest(length) / 1_000);
    made.set({ window: 'start' }, delay.longestEver / 1_000);
  });
  return delay;
}
