/**
 * `npm run check`: all static checks of the source. One line a step with its seconds, then the output of failed steps. Exit code 1 if one
 * failed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
/** Steps at a time: as many as the smallest machine that is used has cores. */
const AT_ONCE = 2;

interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

interface Outcome {
  readonly name: string;
  readonly code: number;
  readonly output: string;
}

const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);
const sources = ['src', 'test', 'bench'].filter((folder) => existsSync(join(ROOT, folder)));

/** The longest first. */
const steps: readonly Step[] = [
  { name: 'format', command: [bin('prettier'), '--check', '--log-level=warn', '--cache', '.'] },
  { name: 'types', command: [bin('tsc'), '-p', 'test/tsconfig.json'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings', ...sources] },
  { name: 'dead code', command: [bin('knip'), '--no-progress'] },
  { name: 'generated files', command: [process.execPath, 'src/codegen/generate.ts', '--check'] },
  { name: 'architecture', command: [process.execPath, 'test/support/architecture/main.ts'] },
];

async function main(): Promise<void> {
  const started = performance.now();
  const waiting = [...steps];
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) outcomes.push(await run(step));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const failed = outcomes.filter(({ code }) => code !== 0);
  for (const { name, output } of failed) console.log(`\n--- ${name}\n${output.trimEnd()}`);
  console.log(`${failed.length > 0 ? '\n' : ''}${steps.length - failed.length} of ${steps.length} steps ok, ${seconds(started)}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function run({ name, command: [program, ...args] }: Step): Promise<Outcome> {
  const started = performance.now();
  // The tools are Node programs; their `#!/usr/bin/env node` must find the Node that runs this, not an older one of the machine.
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((done) => {
    const finish = (code: number): void => {
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(16)}${seconds(started).padStart(7)}`);
      done({ name, code, output });
    };
    child.on('error', (error) => {
      output += error.message;
      finish(1);
    });
    child.on('close', (code) => finish(code ?? 1));
  });
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

await main();
