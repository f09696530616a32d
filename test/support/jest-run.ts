// One run of Jest with this project's reporter, and the last line with the result: `N passed, N failed`, and `, N skipped` if there are
// any.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cacheFolder } from './control-plane/cache-folder.ts';
import { reapLeftovers } from './processes/reap.ts';
import { TOTALS_VARIABLE, type Totals } from './summary-reporter.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface JestOutcome {
  readonly code: number;
  /** Undefined: Jest did not get so far. */
  readonly totals: Totals | undefined;
}

/** Runs `work` with a temporary folder for what Jest and its children leave for us. */
export async function withRunFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'keytender-tests-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves when Jest has ended and what its tests may have left has been ended too. */
export async function runJest(args: readonly string[], folder: string, env: NodeJS.ProcessEnv = {}): Promise<JestOutcome> {
  const totalsFile = join(folder, 'totals.json');
  const code = await spawnJest(args, { ...process.env, [TOTALS_VARIABLE]: totalsFile, ...env });
  await reapLeftovers();
  return { code, totals: await readTotals(totalsFile) };
}

/** Prints the last line, after problems that are no test's. True when all is well. */
export function reportOutcome({ code, totals }: JestOutcome, furtherProblems: readonly string[] = []): boolean {
  const problems = [...(totals === undefined ? ['Jest ended before it had a result'] : []), ...furtherProblems];
  for (const problem of problems) console.log(problem);
  const failed = (totals?.failed ?? 0) + problems.length;
  // Jest knows failures that are no test's, such as finding no test at all.
  const unexplained = failed === 0 && code !== 0 ? 1 : 0;
  if (unexplained > 0) console.log(`Jest ended with exit code ${code}`);
  const skipped = (totals?.skipped ?? 0) > 0 ? `, ${totals?.skipped} skipped` : '';
  console.log(`${totals?.passed ?? 0} passed, ${failed + unexplained} failed${skipped}`);
  return failed + unexplained === 0;
}

function spawnJest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      `--reporters=${join(ROOT, 'test/support/summary-reporter.ts')}`,
      // Outside the checkout, so that all that Jest has compiled outlives it.
      `--cacheDirectory=${join(cacheFolder(), 'jest')}`,
      // `--reporters` takes a list: without a flag behind it Jest would read the first path of `args` as one more reporter.
      '--passWithNoTests=false',
      ...args,
    ],
    { cwd: ROOT, stdio: 'inherit', env },
  );
  const forward = (signal: NodeJS.Signals): boolean => jest.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  return new Promise((done, broken) => {
    jest.on('error', broken);
    jest.on('close', (code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      done(code ?? 1);
    });
  });
}

async function readTotals(file: string): Promise<Totals | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Totals;
  } catch {
    return undefined; // Jest did not get so far
  }
}
