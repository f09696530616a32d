// AWS is not reachable for a while, and some secrets change during that time.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operator } from '../../../test/support/operator/operator.ts';
import { phaseBegin, phaseEnd, QUIET_MS, type Phase, type Place } from '../phase.ts';
import { secretName } from '../scenarios.ts';
import { changeSecret } from '../world.ts';
import type { WrittenSecrets } from '../written-secrets.ts';
import { targetsOf } from './changes.ts';

export interface Outage {
  readonly seconds: number;
  readonly during: Phase;
  readonly after: Phase;
  /** From the end of the outage until the last secret that changed in it was written. */
  readonly recoverySeconds: number;
}

const CHANGES = 10;
const LEAST_SECONDS = 60;
const LIMIT_MS = 900_000;

export async function measureOutage(place: Place, operator: Operator, secrets: WrittenSecrets): Promise<Outage> {
  const { world, scenario, audit } = place;
  const seconds = Math.max(LEAST_SECONDS, scenario.intervalSeconds);
  const before = await phaseBegin(place, operator);
  const { id } = (await world.aws.control('inject', { fault: { kind: 'service-unavailable' } })) as { readonly id: string };
  await sleep(seconds * 1_000);
  const changed = new Map<string, number>();
  for (let index = 0; index < Math.min(CHANGES, scenario.secrets); index++)
    changed.set(secretName(index), await changeSecret(world, index));
  const during = await phaseEnd(place, operator, before);
  const ended = performance.now();
  await world.aws.control('remove-fault', { id });
  const cpuBefore = await phaseBegin(place, operator);
  const due = targetsOf(place, changed);
  await secrets.allWritten(due);
  const last = Math.max(...due.keys().map((name) => secrets.writtenAt(name) ?? Number.NaN));
  await audit.quiet(QUIET_MS, LIMIT_MS);
  const after = await phaseEnd(place, operator, cpuBefore);
  return { seconds, during, after, recoverySeconds: (last - ended) / 1_000 };
}
