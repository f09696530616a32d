// New resources while all others wait for a forced refresh.
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { Operator } from '../../../test/support/operator/operator.ts';
import { type Quantiles, quantilesOf } from '../../statistics.ts';
import { inParallel } from '../in-parallel.ts';
import { phaseBegin, phaseEnd, QUIET_MS, queueOf, type Phase, type Place } from '../phase.ts';
import type { Readiness } from '../readiness.ts';
import { createExternalSecrets, externalSecretsPath, secretOfAdded, wanted } from '../world.ts';

export interface Load extends Phase {
  /** Resources in the queue when the first new one was created, and after the last one was Ready. */
  readonly waiting: { readonly before: number; readonly after: number };
  /** Seconds from the POST of a new resource until it was Ready. */
  readonly newcomers: Quantiles;
}

const NEWCOMERS = 10;
const WRITERS = 32;
const LIMIT_MS = 900_000;

export async function measureLoad(place: Place, operator: Operator, readiness: Readiness): Promise<Load> {
  const { world, namespace, scenario, audit } = place;
  const before = await phaseBegin(place, operator);
  const patch = { metadata: { annotations: { [keytender.annotations.forceSync]: new Date().toISOString() } } };
  await inParallel(wanted(scenario.resources, scenario.secrets), WRITERS, async ({ name }) => {
    const path = `${externalSecretsPath(namespace)}/${name}`;
    const { status } = await world.access.api.send({ method: 'PATCH', path, body: patch, contentType: 'application/merge-patch+json' });
    if (status !== 200) throw new Error(`PATCH ${path}: HTTP ${status}`);
  });
  const waitingBefore = (await queueOf(operator)).waiting;
  const seconds: number[] = [];
  for (let index = 0; index < NEWCOMERS; index++) {
    const newcomer = { name: `newcomer-${index}`, secret: secretOfAdded(index) };
    const created = performance.now();
    await createExternalSecrets(world, namespace, [newcomer]);
    seconds.push(((await readiness.one(newcomer.name)) - created) / 1_000);
  }
  const waitingAfter = (await queueOf(operator)).waiting;
  await audit.quiet(QUIET_MS, LIMIT_MS);
  const waiting = { before: waitingBefore, after: waitingAfter };
  return { ...(await phaseEnd(place, operator, before)), waiting, newcomers: quantilesOf(seconds) };
}
