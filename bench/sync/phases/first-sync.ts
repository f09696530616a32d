// The operator starts without Secrets; then more resources are created.
import { createExternalSecrets, secretOfAdded, wanted } from '../world.ts';
import { begin, phaseEnd, QUIET_MS, since, type Phase, type Place } from '../phase.ts';
import type { Readiness } from '../readiness.ts';
import { ADDED } from '../scenarios.ts';

export interface FirstSync extends Phase {
  /** From the start of the process until /readyz. */
  readonly readySeconds: number;
  /** From the start of the process until the last resource was Ready. */
  readonly allReadySeconds: number;
  readonly metricsBytes: number;
  /** From the first POST until the last of the added resources was Ready. */
  readonly addedSeconds: number;
}

const LIMIT_MS = 900_000;

export async function measureFirstSync(place: Place, readiness: Readiness): Promise<FirstSync> {
  const { world, namespace, audit, scenario } = place;
  const { operator, started } = await begin(place, '1h');
  await using _ended = operator;
  await operator.whenReady();
  const readySeconds = since(started);
  const allReadySeconds = ((await readiness.all(scenario.resources)) - started) / 1_000;
  await audit.quiet(QUIET_MS, LIMIT_MS);
  const phase = await phaseEnd(place, operator);
  const metricsBytes = Buffer.byteLength(await operator.metrics());
  const from = performance.now();
  const added = wanted(ADDED, ADDED, 'added').map(({ name }, index) => ({ name, secret: secretOfAdded(index) }));
  await createExternalSecrets(world, namespace, added);
  const addedSeconds = ((await readiness.all(scenario.resources + ADDED)) - from) / 1_000;
  await audit.quiet(QUIET_MS, LIMIT_MS);
  await operator.stop();
  return { ...phase, readySeconds, allReadySeconds, metricsBytes, addedSeconds };
}
