// A day: the first sync of every resource, changes, an outage, throttling.
import type { Priority } from '../../src/base/priority.ts';
import type { Fleet, RemoteSecret } from './fleet.ts';
import type { Quantiles } from '../statistics.ts';
import { randomFrom } from '../../test/support/random.ts';
import { type Counts, placeOf, plus } from './simulated-aws.ts';
import { Simulation } from './simulation.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const OUTAGE = { from: 10 * HOUR, until: 10 * HOUR + 10 * MINUTE } as const;
const RECOVERED = OUTAGE.until + 10 * MINUTE;
/** Other callers use up the quota of the account that has the most secrets. */
export const THROTTLING = { from: 14 * HOUR, until: 14 * HOUR + 30 * MINUTE, leftOver: 0.005 } as const;
/** Values may stay in memory for five minutes. */
const CACHE_IS_EMPTY = 6 * MINUTE;
/** Secrets that change at some time of the day, and those that one job changes within ten minutes. */
export const CHANGES = 6_000;
export const NIGHTLY = { from: 2 * HOUR, until: 2 * HOUR + 10 * MINUTE, changes: 2_000 } as const;

export interface DayResult {
  /** Simulated seconds until every resource had been looked at once. */
  readonly fillSeconds: number;
  readonly fill: Counts;
  /** The whole day without the fill. */
  readonly day: Counts;
  readonly outage: Counts;
  /** The ten minutes after the outage. */
  readonly recovery: Counts;
  /** Most calls within a second, of one account and region. */
  readonly busiestSecond: { readonly usual: number; readonly recovery: number };
  /** By the interval of the secret; what fell into the outage or the throttling is apart. */
  readonly lags: ReadonlyMap<number, Quantiles>;
  readonly disturbedLags: Quantiles;
  readonly unnoticed: number;
  readonly woken: ReadonlyMap<Priority, number>;
  readonly wokenByOutage: number;
  readonly references: number;
  /** What the engine holds when nothing is under way and no value is kept. */
  readonly heapBytes: number;
}

export async function simulateDay(fleet: Fleet): Promise<DayResult> {
  await using simulation = new Simulation(fleet, [OUTAGE, THROTTLING]);
  const { aws, lags, reconcilers, engine } = simulation;
  await simulation.fill();
  const filled = { fillSeconds: simulation.now / 1_000, fill: aws.take() };
  await simulation.until(simulation.now + CACHE_IS_EMPTY);
  const held = { heapBytes: simulation.heap(), references: engine.stats().references };
  const [morning, usual] = [aws.take(), aws.takeBusiestSecond()];
  simulation.change(changesOf(fleet));
  await simulation.until(OUTAGE.from);
  const beforeOutage = { counts: aws.take(), busiest: Math.max(usual, aws.takeBusiestSecond()), woken: reconcilers.wakes };
  const { outage, recovery } = await passOutage(simulation);
  const recoverySecond = aws.takeBusiestSecond();
  const wokenByOutage = reconcilers.wakes - beforeOutage.woken;
  await passThrottling(simulation);
  await simulation.until(DAY);
  const rest = aws.take();
  // What changed last is noticed within the longest interval.
  await simulation.until(DAY + HOUR + MINUTE);
  return {
    ...filled,
    ...held,
    day: [morning, beforeOutage.counts, outage, recovery, rest].reduce(plus),
    outage,
    recovery,
    busiestSecond: { usual: beforeOutage.busiest, recovery: recoverySecond },
    lags: lags.undisturbed,
    disturbedLags: lags.disturbed,
    unnoticed: lags.unnoticed,
    woken: reconcilers.woken,
    wokenByOutage,
  };
}

async function passOutage(simulation: Simulation): Promise<{ readonly outage: Counts; readonly recovery: Counts }> {
  const { aws } = simulation;
  aws.outage = true;
  await simulation.until(OUTAGE.until);
  aws.outage = false;
  const outage = aws.take();
  aws.takeBusiestSecond();
  await simulation.until(RECOVERED);
  return { outage, recovery: aws.take() };
}

async function passThrottling(simulation: Simulation): Promise<void> {
  const { aws, fleet } = simulation;
  await simulation.until(THROTTLING.from);
  const [largest] = fleet.identities;
  if (largest === undefined) throw new RangeError('no identities');
  aws.leftOver.set(placeOf(largest), THROTTLING.leftOver);
  await simulation.until(THROTTLING.until);
  aws.leftOver.clear();
}

function changesOf({ secrets }: Fleet): readonly { readonly at: number; readonly secret: RemoteSecret }[] {
  const random = randomFrom(2);
  const changing = secrets.filter(({ missing }) => !missing);
  const change = (from: number, until: number) => {
    const secret = changing[Math.floor(random() * changing.length)];
    if (secret === undefined) throw new RangeError('no secrets');
    return { at: from + random() * (until - from), secret };
  };
  return [
    ...Array.from({ length: CHANGES }, () => change(HOUR, DAY)),
    ...Array.from({ length: NIGHTLY.changes }, () => change(NIGHTLY.from, NIGHTLY.until)),
  ];
}
