// Builds the operator, measures the chosen scenarios one after the other, and prints the tables. A complete run also writes them to
// README.md after each scenario, so that an interrupted run leaves its results.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../machine.ts';
import { writePart } from '../readme.ts';
import { readOptions, type Options } from './options.ts';
import { report } from './report.ts';
import type { Measured } from './rows.ts';
import { runRepetition, type Repetition } from './repetition.ts';
import type { Scenario } from './scenarios.ts';
import { createAddedSecrets, createSecrets, startWorld, type World } from './world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export async function measureOperator(args: readonly string[]): Promise<void> {
  const started = performance.now();
  const options = readOptions(args);
  // What else the machine is doing: times of a run that began on a busy one say little, counts say all.
  const load = loadavg()[0] ?? 0;
  build();
  const measured: Measured[] = [];
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const text = (): string => {
    const minutes = ((performance.now() - started) / 60_000).toFixed(0);
    const day = new Date().toISOString().slice(0, 10);
    const heading = `Measured on ${day} with \`${command}\` (${minutes} min) on ${describeMachine()}. Load average at the start: ${load.toFixed(1)}.`;
    return `${heading}\n\n${report(measured)}\n`;
  };
  {
    await using world = await startWorld();
    await createAddedSecrets(world);
    let secrets = 0;
    for (const scenario of options.scenarios) {
      // No more than the scenario reads: lists show all that there are.
      await createSecrets(world, secrets, scenario.secrets);
      secrets = Math.max(secrets, scenario.secrets);
      measured.push(await measure(world, scenario, options));
      if (options.complete) await writePart('results', text());
    }
  }
  process.stdout.write(text());
}

function build(): void {
  rmSync(`${ROOT}/dist`, { recursive: true, force: true });
  const { status } = spawnSync(`${ROOT}/node_modules/.bin/tsc`, ['-p', `${ROOT}/tsconfig.json`], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the operator could not be built');
}

async function measure(world: World, scenario: Scenario, options: Options): Promise<Measured> {
  const count = options.repetitions ?? scenario.repetitions;
  const asked = options.phases.filter((phase) => scenario.phases.includes(phase));
  const repetitions: Repetition[] = [];
  for (let number = 1; number <= count; number++) {
    // What takes minutes and varies little is measured once.
    const phases = number === count ? asked : asked.filter((phase) => phase === 'floor');
    const repetition = await runRepetition(world, { ...options, scenario, phases });
    repetitions.push(repetition);
    const { cold, restart } = repetition;
    const figures = `all Ready ${cold.allReadySeconds.toFixed(1)} s, idle after restart ${restart.idleSeconds.toFixed(1)} s`;
    process.stderr.write(`${scenario.title}, ${number} of ${count}: ${figures}\n`);
  }
  return { scenario, repetitions };
}
