// One repetition of a scenario: cold start, new resources under a running operator, restart with everything in place, steady state, floor.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AuditLog } from '../../test/support/control-plane/audit-log.ts';
import { waitUntil } from '../../test/support/control-plane/wait-until.ts';
import { startOperator, type Operator } from '../../test/support/operator/operator.ts';
import { countRequests, type ApiRequests } from './api-requests.ts';
import type { AwsCalls } from './emulator-process.ts';
import { measureFloor } from './floor.ts';
import { usageOf } from './process-usage.ts';
import { Readiness } from './readiness.ts';
import { ADDED, type Scenario } from './scenarios.ts';
import { createExternalSecrets, createSecrets, makePlace, placeFlags, wanted, type World } from './world.ts';

const ENTRY = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** So long nothing must be asked of the API server for a phase to be over. */
const QUIET_MS = 1_000;

export interface Phase {
  readonly aws: AwsCalls;
  readonly api: ApiRequests;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export interface ColdStart extends Phase {
  /** From the start of the process until /readyz. */
  readonly readySeconds: number;
  /** From the start of the process until the last resource was Ready. */
  readonly allReadySeconds: number;
}

export interface Restart extends Phase {
  readonly readySeconds: number;
  /** From the start of the process until every resource was looked at and the API server was asked no more. */
  readonly idleSeconds: number;
}

export interface Repetition {
  readonly cold: ColdStart;
  /** From the first POST until the last of the added resources was Ready. */
  readonly addedSeconds: number;
  readonly restart: Restart;
  /** For each of the intervals that were watched. */
  readonly steady: readonly (Phase & { readonly residentMiB: number })[];
  readonly floorSeconds: number;
}

export interface RepetitionOptions {
  readonly scenario: Scenario;
  readonly intervalSeconds: number;
  /** Intervals of steady state to watch; 0 leaves it out. */
  readonly intervals: number;
  /** Further flags of the operator. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Place {
  readonly world: World;
  readonly namespace: string;
  readonly audit: AuditLog;
  readonly options: RepetitionOptions;
}

/** The secrets of the scenario must be in AWS. */
export async function runRepetition(world: World, options: RepetitionOptions): Promise<Repetition> {
  const { scenario } = options;
  const namespace = await makePlace(world);
  const list = wanted(scenario.resources, scenario.secrets);
  await createExternalSecrets(world, namespace, list);
  const place = { world, namespace, audit: new AuditLog(world.access, world.user), options };
  using readiness = new Readiness(world.access, namespace);
  const { cold, addedSeconds } = await coldAndAdded(place, scenario.resources, readiness);
  const total = scenario.resources + ADDED;
  const restart = await measureRestart(place, total);
  const steady = options.intervals === 0 ? [] : await measureSteady(place, total, options);
  const floorSeconds = await measureFloor(world, namespace, list);
  return { cold, addedSeconds, restart, steady, floorSeconds };
}

async function coldAndAdded(
  place: Place,
  count: number,
  readiness: Readiness,
): Promise<{ readonly cold: ColdStart; readonly addedSeconds: number }> {
  const { world, namespace, audit } = place;
  const { operator, begin, started } = await begun(place, '1h');
  await using _ended = operator;
  await operator.whenReady();
  const readySeconds = since(started);
  const allReadySeconds = ((await readiness.all(count)) - started) / 1_000;
  await audit.quiet(QUIET_MS);
  const cold = { readySeconds, allReadySeconds, ...(await phaseEnd(place, operator, begin)) };
  const from = performance.now();
  const more = wanted(ADDED, ADDED, 'added').map(({ name }, index) => ({ name, secret: addedSecret(index) }));
  await createExternalSecrets(world, namespace, more);
  const addedSeconds = ((await readiness.all(count + ADDED)) - from) / 1_000;
  await audit.quiet(QUIET_MS);
  await operator.stop();
  return { cold, addedSeconds };
}

/** Secrets that no other resource reads. */
function addedSecret(index: number): string {
  return `bench/added/service-${index}`;
}

export async function createAllSecrets(world: World, count: number): Promise<void> {
  await createSecrets(world, count);
  for (let index = 0; index < ADDED; index++) await world.aws.control('create', { name: addedSecret(index), value: '{"key":"value"}' });
}

async function measureRestart(place: Place, count: number): Promise<Restart> {
  const { operator, begin, started } = await begun(place, '1h');
  await using _ended = operator;
  await operator.whenReady();
  const readySeconds = since(started);
  const drainedAt = await drained(operator, count);
  await place.audit.quiet(QUIET_MS);
  const phase = await phaseEnd(place, operator, begin);
  // The one clock is that of the log, the other one ours.
  const lastAsked = phase.api.lastAt - performance.timeOrigin - started;
  await operator.stop();
  return { readySeconds, idleSeconds: Math.max(drainedAt - started, lastAsked) / 1_000, ...phase };
}

async function measureSteady(
  place: Place,
  count: number,
  { intervalSeconds, intervals }: RepetitionOptions,
): Promise<Repetition['steady']> {
  const { operator } = await begun(place, `${intervalSeconds}s`);
  await using _ended = operator;
  await operator.whenReady();
  await drained(operator, count);
  await place.audit.quiet(QUIET_MS);
  const steady: (Phase & { readonly residentMiB: number })[] = [];
  for (let interval = 0; interval < intervals; interval++) {
    const begin = await phaseBegin(place, operator);
    await sleep(intervalSeconds * 1_000);
    steady.push({ ...(await phaseEnd(place, operator, begin)), residentMiB: usageOf(operator.pid).residentMiB });
  }
  await operator.stop();
  return steady;
}

interface Begun {
  readonly operator: Operator;
  /** CPU seconds so far. */
  readonly begin: number;
  /** performance.now of the start. */
  readonly started: number;
}

async function begun({ world, namespace, audit, options }: Place, refreshInterval: string): Promise<Begun> {
  await audit.take();
  await world.aws.takeCalls();
  const started = performance.now();
  const operator = await startOperator({
    kubeconfigPath: world.kubeconfigPath,
    awsEndpoint: world.aws.endpoint,
    flags: [...placeFlags(namespace), `--default-refresh-interval=${refreshInterval}`, ...options.flags],
    env: options.env,
    entry: ENTRY,
  });
  return { operator, begin: 0, started };
}

async function phaseBegin({ world, audit }: Place, { pid }: Operator): Promise<number> {
  await audit.take();
  await world.aws.takeCalls();
  return usageOf(pid).cpuSeconds;
}

async function phaseEnd({ world, audit }: Place, { pid }: Operator, begin: number): Promise<Phase> {
  const { cpuSeconds, peakMiB } = usageOf(pid);
  return { aws: await world.aws.takeCalls(), api: countRequests(await audit.take()), cpuSeconds: cpuSeconds - begin, peakMiB };
}

/** Resolves with the time at which as many resources as there are had been worked on, and none was waiting. */
async function drained(operator: Operator, count: number): Promise<number> {
  const look = async (): Promise<boolean> => {
    const samples = (await operator.metrics()).split('\n');
    const sum = (start: string): number =>
      samples.filter((line) => line.startsWith(start)).reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
    const worked = sum('controller_runtime_reconcile_total{controller="externalsecret"');
    return worked >= count && sum('workqueue_depth{name="externalsecret"}') === 0 && sum('controller_runtime_active_workers') === 0;
  };
  await waitUntil('all resources were looked at', look, { timeoutMs: 120_000, pollMs: 100 });
  return performance.now();
}

function since(started: number): number {
  return (performance.now() - started) / 1_000;
}
