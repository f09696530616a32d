// From a change in AWS to the Secret: single secrets one after the other, and all at once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operator } from '../../../test/support/operator/operator.ts';
import { type Quantiles, quantilesOf } from '../../statistics.ts';
import { changeSecret, wanted } from '../world.ts';
import { phaseBegin, phaseEnd, QUIET_MS, type Phase, type Place } from '../phase.ts';
import { secretName } from '../scenarios.ts';
import type { WrittenSecrets } from '../written-secrets.ts';

export interface Changes extends Phase {
  /** Seconds from the change of a secret until a Secret had it, of all Secrets that get it. */
  readonly lags: Quantiles;
  /** From the first change to the last. */
  readonly changingSeconds: number;
}

/** So many secrets change, evenly spread over one refresh interval. */
const SINGLE_CHANGES = 40;

export async function measureSingleChanges(place: Place, operator: Operator, secrets: WrittenSecrets): Promise<Changes> {
  const { scenario } = place;
  const count = Math.min(SINGLE_CHANGES, scenario.secrets);
  const stride = Math.floor(scenario.secrets / count);
  const indexes = Array.from({ length: count }, (_, index) => index * stride);
  return measure(place, operator, secrets, { indexes, pauseMs: (scenario.intervalSeconds * 1_000) / count });
}

export async function measureAllChanges(place: Place, operator: Operator, secrets: WrittenSecrets): Promise<Changes> {
  return measure(place, operator, secrets, { indexes: Array.from({ length: place.scenario.secrets }, (_, index) => index), pauseMs: 0 });
}

interface Plan {
  readonly indexes: readonly number[];
  readonly pauseMs: number;
}

async function measure(place: Place, operator: Operator, secrets: WrittenSecrets, { indexes, pauseMs }: Plan): Promise<Changes> {
  const { world, audit } = place;
  const before = await phaseBegin(place, operator);
  const begun = performance.now();
  const changedAt = new Map<string, number>();
  for (const index of indexes) {
    changedAt.set(secretName(index), await changeSecret(world, index));
    if (pauseMs > 0) await sleep(pauseMs);
  }
  const changingSeconds = (performance.now() - begun) / 1_000;
  const due = targetsOf(place, changedAt);
  await secrets.allWritten(due);
  await audit.quiet(QUIET_MS);
  const lags = [...due].map(([name, at]) => ((secrets.writtenAt(name) ?? Number.NaN) - at) / 1_000);
  return { ...(await phaseEnd(place, operator, before)), lags: quantilesOf(lags), changingSeconds };
}

/** The Secrets that get what has changed, with the time of the change. */
export function targetsOf({ scenario }: Place, changedAt: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const targets = wanted(scenario.resources, scenario.secrets).flatMap(({ name, secret }) => {
    const at = changedAt.get(secret);
    return at === undefined ? [] : [[name, at] as const];
  });
  return new Map(targets);
}
