// The cost of scrapes of /metrics, and the delay of a new resource while many clients scrape all the time.
import type { Operator } from '../../../test/support/operator/operator.ts';
import { type Quantiles, quantilesOf } from '../../statistics.ts';
import { phaseBegin, phaseEnd, QUIET_MS, type Phase, type Place } from '../phase.ts';
import { usageOf } from '../process-usage.ts';
import type { Readiness } from '../readiness.ts';
import { createExternalSecrets, secretOfAdded } from '../world.ts';

export interface Scrapes extends Phase {
  /** CPU of the whole process for each scrape, one after the other. */
  readonly milliseconds: number;
  /** Seconds from the POST of a new resource until it was Ready, while the clients scrape. */
  readonly newcomers: Quantiles;
  /** Greatest delay of the event loop in that time, in milliseconds. */
  readonly delayMs: number;
}

const ONE_BY_ONE = 100;
const CLIENTS = 100;
const NEWCOMERS = 5;
const LIMIT_MS = 120_000;

export async function measureScrapes(place: Place, operator: Operator, readiness: Readiness): Promise<Scrapes> {
  const { world, namespace, audit } = place;
  const before = await phaseBegin(place, operator);
  const began = usageOf(operator.pid).cpuSeconds;
  for (let scrape = 0; scrape < ONE_BY_ONE; scrape++) await operator.metrics();
  const milliseconds = ((usageOf(operator.pid).cpuSeconds - began) * 1_000) / ONE_BY_ONE;
  const seconds: number[] = [];
  let delayMs = 0;
  const over = new AbortController();
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!over.signal.aborted) await operator.metrics();
  });
  try {
    for (let index = 0; index < NEWCOMERS; index++) {
      const newcomer = { name: `scraped-${index}`, secret: secretOfAdded(index) };
      const created = performance.now();
      await createExternalSecrets(world, namespace, [newcomer]);
      seconds.push(((await readiness.one(newcomer.name)) - created) / 1_000);
      delayMs = Math.max(delayMs, (await operator.metric('keytender_event_loop_delay_max_seconds{window="10s"}')) * 1_000);
    }
  } finally {
    over.abort();
    await Promise.all(clients);
  }
  await audit.quiet(QUIET_MS, LIMIT_MS);
  return { ...(await phaseEnd(place, operator, before)), milliseconds, newcomers: quantilesOf(seconds), delayMs };
}
