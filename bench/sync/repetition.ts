// One repetition of a scenario in its own namespace: the measurements and their order.
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

/** The result of a phase that did not run is missing. */
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

const REFRESHING = ['steady', 'one-change', 'all-changes', 'load', 'scrapes', 'outage'] as const satisfies readonly PhaseName[];

/** With one operator that refreshes at the interval of the scenario. */
async function whileRefreshing(place: Place, phases: readonly PhaseName[], readiness: Readiness): Promise<Refreshing> {
  if (!REFRESHING.some((name) => phases.includes(name))) return {};
  const { world, namespace, scenario } = place;
  await using operator = await beginIdle(place, scenario.resources + ADDED, `${scenario.intervalSeconds}s`);
  if (scenario.detection === 'events') await eventsReceived(operator);
  await sleep(scenario.settleSeconds * 1_000);
  // The members are evaluated in this order, so the phases run in it.
  const steady = phases.includes('steady') && { steady: await phaseOf(place, operator, scenario.intervalSeconds * 1_000) };
  using secrets = new WrittenSecrets(world.access, namespace);
  await secrets.known(scenario.resources);
  return {
    ...steady,
    ...(phases.includes('one-change') && { oneChange: await measureSingleChanges(place, operator, secrets) }),
    ...(phases.includes('all-changes') && { allChanges: await measureAllChanges(place, operator, secrets) }),
    ...(phases.includes('outage') && { outage: await measureOutage(place, operator, secrets) }),
    ...(phases.includes('load') && { load: await measureLoad(place, operator, readiness) }),
    ...(phases.includes('scrapes') && { scrapes: await measureScrapes(place, operator, readiness) }),
  };
}
