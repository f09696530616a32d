// The options of `npm run bench -- OPTIONS`.
import { parseArgs } from 'node:util';
import { phaseNames, type PhaseName } from './phase-names.ts';
import { type Scenario, scenarios } from './scenarios.ts';

export interface Options {
  readonly scenarios: readonly Scenario[];
  /** Undefined: as many as the scenario says. */
  readonly repetitions: number | undefined;
  readonly phases: readonly PhaseName[];
  /** Further flags of the operator. */
  readonly flags: readonly string[];
  /** Flags of Node for the operator. */
  readonly env: Readonly<Record<string, string>>;
  /** Nothing was chosen: the results belong into README.md. */
  readonly complete: boolean;
}

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      // One repetition.
      quick: { type: 'boolean', default: false },
      repetitions: { type: 'string' },
      // Seconds, instead of the scenario's own.
      interval: { type: 'string' },
      // A part of a scenario's title.
      only: { type: 'string', default: '' },
      phase: { type: 'string', multiple: true, default: [...phaseNames] },
      // --flag=--NAME=VALUE
      flag: { type: 'string', multiple: true, default: [] },
      // CPU profiles of the operator go into this folder.
      profile: { type: 'string' },
    },
  });
  const repetitions = values.quick ? 1 : values.repetitions === undefined ? undefined : Number(values.repetitions);
  const interval = values.interval === undefined ? undefined : Number(values.interval);
  if (!isCount(repetitions) || !isCount(interval)) throw new RangeError('--repetitions and --interval take whole numbers above 0');
  const chosen = scenarios.filter(({ title }) => title.includes(values.only));
  if (chosen.length === 0) throw new RangeError(`no scenario's title has ${JSON.stringify(values.only)} in it`);
  return {
    scenarios: chosen.map((scenario) => ({ ...scenario, intervalSeconds: interval ?? scenario.intervalSeconds })),
    repetitions,
    phases: values.phase.map(phaseOf),
    flags: values.flag,
    env: values.profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${values.profile}` },
    complete: args.length === 0,
  };
}

function isCount(value: number | undefined): boolean {
  return value === undefined || (Number.isInteger(value) && value > 0);
}

function phaseOf(name: string): PhaseName {
  const known = phaseNames.find((phase) => phase === name);
  if (known === undefined) throw new RangeError(`--phase ${name}: want one of ${phaseNames.join(', ')}`);
  return known;
}
