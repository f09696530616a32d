// `npm run bench -- restart`: from the change of a Secret to the last patched workload, beside a bare loop of the same patches. Also writes the table to README.md.
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AuditLog } from '../../test/support/control-plane/audit-log.ts';
import { waitUntil } from '../../test/support/control-plane/wait-until.ts';
import { startOperator, type Operator } from '../../test/support/operator/operator.ts';
import { describeMachine } from '../machine.ts';
import { markdownTable } from '../markdown-table.ts';
import { writePart } from '../readme.ts';
import { show, spreadOf } from '../statistics.ts';
import { usageOf } from '../sync/process-usage.ts';
import { changeSecret, createSecrets, makePlace, placeFlags, startWorld, type World } from '../sync/world.ts';
import { secretName } from '../sync/scenarios.ts';
import { measureBareLoop } from './bare-loop.ts';
import { figuresOf, type RestartFigures } from './restart-times.ts';
import {
  type ConsumerSet,
  consumerSet,
  createBystanders,
  createConsumers,
  createExternalSecret,
  pauseConsumers,
  untilObserved,
} from './workloads.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KUBELET_DELAY_SECONDS = 2;
/** The first restart of a workload asks for the ages of its pods, so it is not counted; more than six changes an hour would be delayed. */
const CHANGES = 3;
const QUIET_MS = 2_000;
const LIMIT_MS = 300_000;
const FLAGS = [
  '--default-refresh-interval=5s',
  '--restart-min-interval=0',
  '--restart-max-concurrent=100000',
  '--restart-max-concurrent-per-namespace=100000',
];

export interface RestartOptions {
  /** Sizes of the sets of workloads. */
  readonly consumers: readonly number[];
  readonly bystanders: number;
  /** Also writes the result to README.md. */
  readonly complete: boolean;
  /** Where the operator writes CPU profiles. */
  readonly profile?: string | undefined;
}

interface MeasuredSet {
  readonly set: ConsumerSet;
  readonly restarts: readonly RestartFigures[];
  readonly bareSeconds: readonly number[];
}

interface Memory {
  readonly emptyMiB: number;
  readonly idleMiB: number;
}

export async function measureRestarts(options: RestartOptions): Promise<string> {
  const load = loadavg()[0] ?? 0;
  if (spawnSync(`${ROOT}/node_modules/.bin/tsc`, ['-p', `${ROOT}/tsconfig.json`], { stdio: 'inherit' }).status !== 0)
    throw new Error('the operator could not be built');
  await using world = await startWorld();
  const namespace = await makePlace(world, 'reads');
  const sets = options.consumers.map(consumerSet);
  await createSecrets(world, 0, sets.length);
  const emptyMiB = await idleMemory(world, namespace);
  say('creates the workloads');
  await createBystanders(world, namespace, options.bystanders);
  for (const [index, set] of sets.entries()) {
    await createExternalSecret(world, namespace, set, secretName(index));
    await createConsumers(world, namespace, set);
    await pauseConsumers(world, namespace, set);
    say(`${set.consumers.length} workloads have their pods`);
  }
  const { idleMiB, restarts } = await measureOperator(world, namespace, sets, options.profile);
  const measured: MeasuredSet[] = [];
  for (const [index, set] of sets.entries())
    measured.push({ set, restarts: restarts[index] ?? [], bareSeconds: await bareLoops(world, namespace, set) });
  const text = report(options, measured, { emptyMiB, idleMiB }, load);
  if (options.complete) await writePart('restart', text);
  return text;
}

async function start(world: World, namespace: string, profile?: string): Promise<Operator> {
  const env = profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` };
  const flags = [...placeFlags(namespace), ...FLAGS];
  const { kubeconfigPath, aws } = world;
  const operator = await startOperator({ kubeconfigPath, awsEndpoint: aws.endpoint, flags, env, entry: `${ROOT}/dist/main.js` });
  await operator.whenReady();
  return operator;
}

/** The whole takes minutes. */
function say(line: string): void {
  process.stderr.write(`bench: restart: ${line}\n`);
}

async function idleMemory(world: World, namespace: string): Promise<number> {
  const audit = new AuditLog(world.access, world.user);
  await using operator = await start(world, namespace);
  await audit.quiet(QUIET_MS, LIMIT_MS);
  return usageOf(operator.pid).residentMiB;
}

async function measureOperator(world: World, namespace: string, sets: readonly ConsumerSet[], profile: string | undefined) {
  const audit = new AuditLog(world.access, world.user);
  await using operator = await start(world, namespace, profile);
  await audit.quiet(QUIET_MS, LIMIT_MS);
  const idleMiB = usageOf(operator.pid).residentMiB;
  const restarts: RestartFigures[][] = [];
  for (const [index, set] of sets.entries()) {
    const figures: RestartFigures[] = [];
    for (let change = 0; change <= CHANGES; change++) {
      await untilObserved(world, namespace, set);
      figures.push(await restartOnce(world, audit, index, set.consumers.length));
    }
    restarts.push(figures.slice(1));
    say(`${set.consumers.length} workloads were restarted ${figures.length} times`);
  }
  return { idleMiB, restarts };
}

/** Changes the secret, and waits until all workloads are patched and nothing is asked any more. */
async function restartOnce(world: World, audit: AuditLog, index: number, count: number): Promise<RestartFigures> {
  await audit.take();
  await changeSecret(world, index);
  const entries: Awaited<ReturnType<AuditLog['take']>>[number][] = [];
  const isDone = async (): Promise<boolean> => {
    entries.push(...(await audit.take()));
    return figuresOf(entries).patches >= count;
  };
  await waitUntil(`${count} workloads are patched`, isDone, { timeoutMs: LIMIT_MS, pollMs: 100 });
  await audit.quiet(QUIET_MS, LIMIT_MS);
  entries.push(...(await audit.take()));
  return figuresOf(entries);
}

async function bareLoops(world: World, namespace: string, set: ConsumerSet): Promise<readonly number[]> {
  const kubeconfigPath = await world.access.kubeconfigFor({ serviceAccount: { namespace: 'keytender', name: 'naive-bench' } });
  const seconds: number[] = [];
  // The first run opens the connections.
  for (let run = 0; run <= CHANGES; run++) {
    await untilObserved(world, namespace, set);
    seconds.push(await measureBareLoop(kubeconfigPath, namespace, set.consumers, String(run)));
  }
  return seconds.slice(1);
}

function report(
  { bystanders, consumers }: RestartOptions,
  measured: readonly MeasuredSet[],
  { emptyMiB, idleMiB }: Memory,
  load: number,
): string {
  const workloads = bystanders + consumers.reduce((total, count) => total + count, 0);
  const day = new Date().toISOString().slice(0, 10);
  const heading = `Measured on ${day} with \`npm run bench -- restart\` on ${describeMachine()}. Load average at the start: ${load.toFixed(1)}.`;
  const table = markdownTable(['', ...measured.map(({ set }) => `${set.consumers.length.toLocaleString('en')} workloads`)], rows(measured));
  const kib = ((idleMiB - emptyMiB) * 1_024) / workloads;
  const memory = `Memory of the idle operator: ${emptyMiB.toFixed(0)} MiB without workloads, ${idleMiB.toFixed(0)} MiB with ${workloads.toLocaleString('en')}: ${kib.toFixed(1)} KiB for each workload.`;
  return `${heading} Beside them: ${bystanders.toLocaleString('en')} Deployments that use no Secret.\n\n${table}\n\n${memory}\n`;
}

function rows(measured: readonly MeasuredSet[]): string[][] {
  const row = (title: string, digits: number, figure: (restart: RestartFigures, one: MeasuredSet) => number): string[] => [
    title,
    ...measured.map((one) => show(spreadOf(one.restarts.map((restart) => figure(restart, one))), digits)),
  ];
  const bare = ({ bareSeconds }: MeasuredSet): number => spreadOf(bareSeconds).median;
  const each =
    (figure: (restart: RestartFigures) => number) =>
    (restart: RestartFigures, { set }: MeasuredSet) =>
      figure(restart) / set.consumers.length;
  return [
    row('from the answer to the write of the Secret to the last patch, s', 2, ({ seconds }) => seconds),
    ['bare loop, s', ...measured.map(({ bareSeconds }) => show(spreadOf(bareSeconds), 2))],
    row(
      '**the same without the 2 s that every restart waits, as a multiple of the bare loop**',
      2,
      ({ seconds }, one) => (seconds - KUBELET_DELAY_SECONDS) / bare(one),
    ),
    row(
      '**patches for each workload**',
      2,
      each(({ patches }) => patches),
    ),
    row(
      'reads for each workload',
      2,
      each(({ reads }) => reads),
    ),
    row('refused requests', 0, ({ refused }) => refused),
    row('writes of the ledger', 0, ({ ledger }) => ledger),
    row('writes of statuses', 0, ({ statuses }) => statuses),
    row('writes of Events', 0, ({ events }) => events),
  ];
}
