// `npm run bench [-- OPTIONS]`: builds the operator, measures it and prints the tables; without options it writes them to bench/README.md too.
//   --quick  one repetition   --repetitions N   --interval SECONDS (0: no steady state)   --only TEXT (part of a scenario's title)
//   --flag=--NAME=VALUE  a flag of the operator   --profile FOLDER  CPU profiles of the operator
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { describeMachine } from './machine.ts';
import { report, type Measured } from './sync/report.ts';
import { createAllSecrets, runRepetition, type Repetition } from './sync/repetition.ts';
import { scenarios, type Scenario } from './sync/scenarios.ts';
import { startWorld, type World } from './sync/world.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = fileURLToPath(new URL('README.md', import.meta.url));
const RESULTS = '<!-- results: written by npm run bench -->';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    repetitions: { type: 'string' },
    interval: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    flag: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
  },
});

function build(): void {
  rmSync(`${ROOT}/dist`, { recursive: true, force: true });
  const { status } = spawnSync(`${ROOT}/node_modules/.bin/tsc`, ['-p', `${ROOT}/tsconfig.json`], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the operator could not be built');
}

async function measure(world: World, scenario: Scenario, repetitions: number, intervalSeconds: number): Promise<Measured> {
  const { flag: flags, profile } = values;
  const env: Readonly<Record<string, string>> = profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` };
  const measured: Repetition[] = [];
  for (let number = 1; number <= repetitions; number++) {
    // Two intervals of steady state are measured, in the last repetition: they take most of the time, and vary little.
    const intervals = number === repetitions && intervalSeconds > 0 ? 2 : 0;
    measured.push(await runRepetition(world, { scenario, intervalSeconds, intervals, flags, env }));
    const { cold, restart, floorSeconds } = measured.at(-1) as Repetition;
    const figures = `all Ready ${cold.allReadySeconds.toFixed(1)} s, floor ${floorSeconds.toFixed(1)} s, idle after restart ${restart.idleSeconds.toFixed(1)} s`;
    process.stderr.write(`${scenario.title}, ${number} of ${repetitions}: ${figures}\n`);
  }
  return { scenario, repetitions: measured };
}

async function main(): Promise<void> {
  const started = performance.now();
  // What else the machine is doing: times of a run that began on a busy one say little, counts say all.
  const load = loadavg()[0] ?? 0;
  const repetitions = Number(values.repetitions ?? (values.quick ? 1 : 3));
  const intervalSeconds = Number(values.interval);
  if (!(Number.isInteger(repetitions) && repetitions > 0 && intervalSeconds >= 0)) throw new RangeError('--repetitions 1…, --interval 0…');
  build();
  const chosen = scenarios.filter(({ title }) => title.includes(values.only));
  const measured: Measured[] = [];
  await using world = await startWorld();
  await createAllSecrets(world, Math.max(...chosen.map(({ secrets }) => secrets)));
  for (const scenario of chosen) measured.push(await measure(world, scenario, repetitions, intervalSeconds));
  const seconds = Math.round((performance.now() - started) / 1_000);
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const day = new Date().toISOString().slice(0, 10);
  const heading = `Measured on ${day} with \`${command}\` (${repetitions} repetitions, ${seconds} s) on ${describeMachine()}. Load average at the start: ${load.toFixed(1)}.`;
  const text = `${heading}\n\n${report(measured, intervalSeconds)}\n`;
  process.stdout.write(text);
  if (process.argv.length === 2) await writeReadme(text);
}

async function writeReadme(results: string): Promise<void> {
  const [before = ''] = readFileSync(README, 'utf8').split(RESULTS);
  const style = await resolveConfig(README);
  writeFileSync(README, await format(`${before}${RESULTS}\n\n${results}`, { ...style, parser: 'markdown' }));
}

await main();
