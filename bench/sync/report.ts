// The measured repetitions as Markdown tables: medians, with the least and the greatest beside them.
import { show, spreadOf } from '../statistics.ts';
import type { Phase, Repetition } from './repetition.ts';
import { ADDED, type Scenario } from './scenarios.ts';

export interface Measured {
  readonly scenario: Scenario;
  readonly repetitions: readonly Repetition[];
}

interface Row {
  readonly title: string;
  readonly cell: (measured: Measured) => string;
}

const STS = ['AssumeRole', 'AssumeRoleWithWebIdentity', 'GetCallerIdentity'] as const;
const SECRETS_MANAGER = ['BatchGetSecretValue', 'GetSecretValue', 'DescribeSecret', 'ListSecrets'] as const;

/** A row of figures, one of each repetition. */
function row(title: string, figure: (repetition: Repetition, scenario: Scenario) => number, digits = 0): Row {
  const cell = ({ repetitions, scenario }: Measured): string =>
    show(spreadOf(repetitions.map((repetition) => figure(repetition, scenario))), digits);
  return { title, cell };
}

function callsOf({ aws }: Phase, operations: readonly string[]): number {
  return operations.reduce((sum, operation) => sum + (aws.byOperation[operation] ?? 0), 0);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function readsOf({ api }: Phase, verb: string): number {
  return sum(Object.fromEntries(Object.entries(api.reads).filter(([kind]) => kind.startsWith(`${verb} `))));
}

function awsRows(phaseOf: (repetition: Repetition) => Phase): readonly Row[] {
  return [
    row('BatchGetSecretValue calls', (one) => callsOf(phaseOf(one), ['BatchGetSecretValue'])),
    row('GetSecretValue calls', (one) => callsOf(phaseOf(one), ['GetSecretValue'])),
    row(
      'other Secrets Manager calls',
      (one) => callsOf(phaseOf(one), SECRETS_MANAGER) - callsOf(phaseOf(one), SECRETS_MANAGER.slice(0, 2)),
    ),
    row('STS calls', (one) => callsOf(phaseOf(one), STS)),
    row('TCP connections to AWS', (one) => phaseOf(one).aws.connections),
  ];
}

/** Every kind of write that occurred in any repetition. */
function writeRows(measured: readonly Measured[], phaseOf: (repetition: Repetition) => Phase): readonly Row[] {
  const phases = measured.flatMap(({ repetitions }) => repetitions.map(phaseOf));
  const kinds = [...new Set(phases.flatMap(({ api }) => Object.keys(api.writes)))].sort();
  const refused = [...new Set(phases.flatMap(({ api }) => Object.keys(api.refused)))].sort();
  return [
    ...kinds.map((kind) => row(`API writes: ${kind}`, (one) => phaseOf(one).api.writes[kind] ?? 0)),
    ...(kinds.length === 0 ? [row('API writes', (one) => sum(phaseOf(one).api.writes))] : []),
    ...['get', 'list', 'watch'].map((verb) => row(`API reads: ${verb}`, (one) => readsOf(phaseOf(one), verb))),
    ...refused.map((kind) => row(`API requests refused: ${kind}`, (one) => phaseOf(one).api.refused[kind] ?? 0)),
  ];
}

const coldOf = ({ cold }: Repetition): Phase => cold;
const restartOf = ({ restart }: Repetition): Phase => restart;

function coldRows(measured: readonly Measured[]): readonly Row[] {
  const objects = ['create secrets', 'patch externalsecrets/status'];
  return [
    row('ready (/readyz), s from the start of the process', ({ cold: { readySeconds } }) => readySeconds, 2),
    row('**all Ready, s from the start of the process**', ({ cold: { allReadySeconds } }) => allReadySeconds, 2),
    row('floor, s', ({ floorSeconds }) => floorSeconds, 2),
    row(
      'all Ready after ready, as a multiple of the floor',
      (one) => (one.cold.allReadySeconds - one.cold.readySeconds) / one.floorSeconds,
      2,
    ),
    row(`${ADDED} more, s from their first POST until all Ready`, ({ addedSeconds }) => addedSeconds, 2),
    ...awsRows(coldOf),
    ...writeRows(measured, coldOf),
    row(
      '**Secret and status writes per resource**',
      ({ cold: { api } }, { resources }) => objects.reduce((total, kind) => total + (api.writes[kind] ?? 0), 0) / resources,
      2,
    ),
    row('CPU, s', ({ cold: { cpuSeconds } }) => cpuSeconds, 1),
    row('peak memory, MiB', ({ cold: { peakMiB } }) => peakMiB),
  ];
}

function restartRows(measured: readonly Measured[]): readonly Row[] {
  return [
    row('ready (/readyz), s', ({ restart: { readySeconds } }) => readySeconds, 2),
    row('**idle, s from the start of the process**', ({ restart: { idleSeconds } }) => idleSeconds, 2),
    ...awsRows(restartOf),
    ...writeRows(measured, restartOf),
    row('CPU, s', ({ restart: { cpuSeconds } }) => cpuSeconds, 1),
    row('peak memory, MiB', ({ restart: { peakMiB } }) => peakMiB),
  ];
}

/** Each interval counts as a measurement of its own. */
function each(title: string, figure: (interval: Repetition['steady'][number]) => number, digits = 0): Row {
  return { title, cell: ({ repetitions }) => show(spreadOf(repetitions.flatMap(({ steady }) => steady).map(figure)), digits) };
}

function steadyRows(measured: readonly Measured[], intervalSeconds: number): readonly Row[] {
  const kinds = [...new Set(intervalsOf(measured).flatMap(({ api }) => Object.keys(api.writes)))].sort();
  return [
    each('BatchGetSecretValue calls', (one) => callsOf(one, ['BatchGetSecretValue'])),
    each('GetSecretValue calls', (one) => callsOf(one, ['GetSecretValue'])),
    each('STS calls', (one) => callsOf(one, STS)),
    each('TCP connections to AWS', ({ aws }) => aws.connections),
    each('**API writes**', ({ api }) => sum(api.writes)),
    ...kinds.map((kind) => each(`of these: ${kind}`, ({ api }) => api.writes[kind] ?? 0)),
    each('API reads (get, list, watch)', ({ api }) => sum(api.reads)),
    each('CPU, % of a core', ({ cpuSeconds }) => (100 * cpuSeconds) / intervalSeconds, 1),
    each('resident memory, MiB', ({ residentMiB }) => residentMiB),
  ];
}

function intervalsOf(measured: readonly Measured[]): readonly Repetition['steady'][number][] {
  return measured.flatMap(({ repetitions }) => repetitions.flatMap(({ steady }) => steady));
}

function table(measured: readonly Measured[], rows: readonly Row[]): string {
  const lines = [
    ['', ...measured.map(({ scenario }) => scenario.title)],
    ['---', ...measured.map(() => '---:')],
    ...rows.map(({ title, cell }) => [title, ...measured.map(cell)]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function report(measured: readonly Measured[], intervalSeconds: number): string {
  const parts = [
    `### Cold start\n\nThe ExternalSecrets are there, no Secret is, and the operator is started.\n\n${table(measured, coldRows(measured))}`,
    `### Restart with everything in place\n\n${ADDED} more ExternalSecrets than in the title; nothing has changed.\n\n${table(measured, restartRows(measured))}`,
  ];
  if (intervalsOf(measured).length > 0) {
    const title = `### Steady state, for each refresh interval of ${intervalSeconds} s`;
    parts.push(
      `${title}\n\n${ADDED} more ExternalSecrets and secrets than in the title; nothing changes.\n\n${table(measured, steadyRows(measured, intervalSeconds))}`,
    );
  }
  return parts.join('\n\n');
}
