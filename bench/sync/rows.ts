// Rows of the tables: a figure of each scenario, as its median with minimum and maximum.
import { show, spreadOf } from '../statistics.ts';
import type { Phase } from './phase.ts';
import type { Repetition } from './repetition.ts';
import type { Scenario } from './scenarios.ts';

export interface Measured {
  readonly scenario: Scenario;
  readonly repetitions: readonly Repetition[];
}

export type Row = readonly [title: string, ...cells: string[]];

type Figure = (repetition: Repetition, scenario: Scenario) => number | undefined;
type PhaseFigure = (phase: Phase, scenario: Scenario) => number;
export type PhaseOf = (repetition: Repetition) => Phase | undefined;

const STS = ['AssumeRole', 'AssumeRoleWithWebIdentity', 'GetCallerIdentity'] as const;

/** Where nothing was measured there is a dash. */
export function row(measured: readonly Measured[], title: string, figure: Figure, digits = 0): Row {
  const cells = measured.map(({ repetitions, scenario }) => {
    const values = repetitions.map((repetition) => figure(repetition, scenario)).filter((value) => value !== undefined);
    return values.length === 0 ? '–' : show(spreadOf(values), digits);
  });
  return [title, ...cells];
}

function rowOfPhase(measured: readonly Measured[], phaseOf: PhaseOf, title: string, figure: PhaseFigure, digits = 0): Row {
  const whole: Figure = (repetition, scenario) => {
    const phase = phaseOf(repetition);
    return phase === undefined ? undefined : figure(phase, scenario);
  };
  return row(measured, title, whole, digits);
}

/** What was asked of AWS: every operation that occurred, but always those that matter. */
export function awsRows(measured: readonly Measured[], phaseOf: PhaseOf): readonly Row[] {
  const usual = ['BatchGetSecretValue', 'GetSecretValue'];
  const occurred = phasesOf(measured, phaseOf).flatMap(({ aws }) => Object.keys(aws.byOperation));
  const others = [...new Set(occurred)].filter((operation) => ![...usual, ...STS].includes(operation)).sort();
  return [
    ...[...usual, ...others].map((operation) =>
      rowOfPhase(measured, phaseOf, `${operation} calls`, (phase) => callsOf(phase, [operation])),
    ),
    rowOfPhase(measured, phaseOf, 'STS calls', (phase) => callsOf(phase, STS)),
    rowOfPhase(measured, phaseOf, 'TCP connections to AWS', ({ aws }) => aws.connections),
  ];
}

/** What was asked of the API server: every kind of write, reads by verb, every refusal. */
export function apiRows(measured: readonly Measured[], phaseOf: PhaseOf): readonly Row[] {
  const phases = phasesOf(measured, phaseOf);
  const kindsOf = (counts: (phase: Phase) => Readonly<Record<string, number>>): readonly string[] =>
    [...new Set(phases.flatMap((phase) => Object.keys(counts(phase))))].sort();
  const read =
    (verb: string) =>
    ({ api }: Phase) =>
      total(Object.entries(api.reads).filter(([kind]) => kind.startsWith(`${verb} `)));
  return [
    rowOfPhase(measured, phaseOf, '**API writes**', ({ api }) => total(Object.entries(api.writes))),
    ...kindsOf(({ api }) => api.writes).map((kind) =>
      rowOfPhase(measured, phaseOf, `of these: ${kind}`, ({ api }) => api.writes[kind] ?? 0),
    ),
    ...['get', 'list', 'watch'].map((verb) => rowOfPhase(measured, phaseOf, `API reads: ${verb}`, read(verb))),
    ...kindsOf(({ api }) => api.refused).map((kind) =>
      rowOfPhase(measured, phaseOf, `API requests refused: ${kind}`, ({ api }) => api.refused[kind] ?? 0),
    ),
  ];
}

/** What the process used. */
export function usageRows(measured: readonly Measured[], phaseOf: PhaseOf): readonly Row[] {
  return [
    rowOfPhase(measured, phaseOf, 'CPU, s', ({ cpuSeconds }) => cpuSeconds, 1),
    rowOfPhase(measured, phaseOf, 'peak memory, MiB', ({ peakMiB }) => peakMiB),
    rowOfPhase(measured, phaseOf, 'memory at the end, MiB', ({ residentMiB }) => residentMiB),
  ];
}

export function allRows(measured: readonly Measured[], phaseOf: PhaseOf): readonly Row[] {
  return [...awsRows(measured, phaseOf), ...apiRows(measured, phaseOf), ...usageRows(measured, phaseOf)];
}

function phasesOf(measured: readonly Measured[], phaseOf: PhaseOf): readonly Phase[] {
  return measured.flatMap(({ repetitions }) => repetitions.map(phaseOf)).filter((phase) => phase !== undefined);
}

function callsOf({ aws }: Phase, operations: readonly string[]): number {
  return operations.reduce((sum, operation) => sum + (aws.byOperation[operation] ?? 0), 0);
}

function total(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}
