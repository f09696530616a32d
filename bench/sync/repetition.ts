// One repetition of a scenario, in a namespace of its own: what is measured, and in which order.
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditLog } from '../../test/support/control-plane/audit-log.ts';
import { measureFloor } from './floor.ts';
import type { PhaseName } from './phase-names.ts';
import { beginIdle, eventsReceived, phaseOf, type Phase, type Place } from './phase.ts';
import { type Changes, measureAllChanges, measureSingleChanges } from './phases/changes.ts';
import { type FirstSync, measureFirstSync } from './phases/first-sync.ts';
import { type Load, measureLoad } from './phases/load.ts';
import { measureNaive, type Naive } from './phases/naive.ts';
import { measureOutage, type Outage } from './phases/outage.ts';
import { measureRestart, type Restart } from './phases/restart.ts';
import { measureScrapes, type Scrapes } from './phases/scrapes.ts';
import { Readiness } from './readiness.ts';
import { ADDED, type Scenario } from './scenarios.ts';
import { createExternalSecrets, makePlace, wanted, type World } from './world.ts';
import { WrittenSecrets } from './written-secrets.ts';

/** What was not asked for is missing. */
export interface Repetition {
  readonly cold: FirstSync;
  readonly restart: Restart;
  /** One refresh interval in which nothing changes. */
  readonly steady?: Phase;
  readonly oneChange?: Changes;
  readonly allChanges?: Changes;
  readonly load?: Load;
  readonly scrapes?: Scrapes;
  readonly outage?: Outage;
  readonly floorSeconds?: number;
  readonly naive?: Naive;
}

export interface RepetitionOptions {
  readonly scenario: Scenario;
  readonly phases: readonly PhaseName[];
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The secrets of the scenario must be in AWS. */
export async function runRepetition(world: World, options: RepetitionOptions): Promise<Repetition> {
  const { scenario, phases } = options;
  const namespace = await makePlace(world, scenario.detection);
  const list = wanted(scenario.resources, scenario.secrets);
  await createExternalSecrets(world, namespace, list);
  const place: Place = { ...options, world, namespace, audit: new AuditLog(world.access, world.user) };
  using readiness = new Readiness(world.access, namespace);
  const cold = await measureFirstSync(place, readiness);
  const restart = await measureRestart(place, scenario.resources + ADDED);
  return {
    cold,
    restart,
    ...(await whileRefreshing(place, phases, readiness)),
    ...(phases.includes('floor') && { floorSeconds: await measureFloor(world, namespace, list) }),
    ...(phases.includes('naive') && { naive: await measureNaive(place) }),
  };
}

type Refreshing = Pick<Repetition, 'steady' | 'oneChange' | 'allChanges' | 'load' | 'scrapes' | 'outage'>;

/** With one operator that refreshes at the interval of the scenario. */
async function whileRefreshing(place: Place, phases: readonly PhaseName[], readiness: Readiness): Promise<Refreshing> {
  const asked = (name: PhaseName): boolean => phases.includes(name);
  if (!(['steady', 'one-change', 'all-changes', 'load', 'scrapes', 'outage'] as const).some(asked)) return {};
  const { world, namespace, scenario } = place;
  await using operator = await beginIdle(place, scenario.resources + ADDED, `${scenario.intervalSeconds}s`);
  if (scenario.detection === 'events') await eventsReceived(operator);
  await sleep(scenario.settleSeconds * 1_000);
  const steady = asked('steady') ? await phaseOf(place, operator, scenario.intervalSeconds * 1_000) : undefined;
  using secrets = new WrittenSecrets(world.access, namespace);
  await secrets.known(scenario.resources);
  const oneChange = asked('one-change') ? await measureSingleChanges(place, operator, secrets) : undefined;
  const allChanges = asked('all-changes') ? await measureAllChanges(place, operator, secrets) : undefined;
  const outage = asked('outage') ? await measureOutage(place, operator, secrets) : undefined;
  const load = asked('load') ? await measureLoad(place, operator, readiness) : undefined;
  const scrapes = asked('scrapes') ? await measureScrapes(place, operator, readiness) : undefined;
  return {
    ...(steady && { steady }),
    ...(oneChange && { oneChange }),
    ...(allChanges && { allChanges }),
    ...(outage && { outage }),
    ...(load && { load }),
    ...(scrapes && { scrapes }),
  };
}
