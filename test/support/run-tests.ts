/**
 * `npm test`: the whole suite, or the files that its arguments name (they go to Jest). Finds or builds the control plane first, measures the
 * coverage of src when the whole suite runs, and ends with `N passed, N failed`. Exit code 1 when anything failed.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findControlPlaneBinaries } from './control-plane/binaries.ts';
import { includesClusterTests } from './control-plane/jest-global-setup.ts';
import { CHILD_COVERAGE_VARIABLE } from './line-coverage/child-coverage.ts';
import { lineCoverage, type FileCoverage } from './line-coverage/measure.ts';
import { reapLeftovers } from './processes/reap.ts';
import { TOTALS_VARIABLE, type Totals } from './summary-reporter.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LEAST_COVERAGE = 90;
const TOTALS = 'totals.json';
const CHILDREN = 'children';
/** Of Jest's options, those that leave the suite whole. */
const HARMLESS = /^(--verbose|--silent|--ci|-i|--runInBand|--maxWorkers(=.*)?|--randomize|--showSeed|--seed=.*)$/;

interface Run {
  readonly args: readonly string[];
  readonly whole: boolean;
  readonly folder: string;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const patterns = args.filter((arg) => !arg.startsWith('-'));
  if (includesClusterTests(patterns, process.env)) await findControlPlaneBinaries();
  const whole = args.every((arg) => HARMLESS.test(arg)) && process.env['KEYTENDER_CLUSTER_TESTS'] !== '0';
  const folder = await mkdtemp(join(tmpdir(), 'keytender-tests-'));
  await mkdir(join(folder, CHILDREN));
  try {
    process.exitCode = (await runAndReport({ args, whole, folder })) ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** True when all is well. */
async function runAndReport(run: Run): Promise<boolean> {
  const code = await runJest(run);
  await reapLeftovers();
  const totals = await readTotals(run.folder);
  const problems = [
    ...(totals === undefined ? ['Jest ended before it had a result'] : []),
    ...(run.whole ? await coverageProblems(run.folder) : []),
  ];
  for (const problem of problems) console.log(problem);
  const failed = (totals?.failed ?? 0) + problems.length;
  // Jest knows failures that are no test's, such as finding no test at all.
  const unexplained = failed === 0 && code !== 0 ? 1 : 0;
  if (unexplained > 0) console.log(`Jest ended with exit code ${code}`);
  const skipped = (totals?.skipped ?? 0) > 0 ? `, ${totals?.skipped} skipped` : '';
  console.log(`${totals?.passed ?? 0} passed, ${failed + unexplained} failed${skipped}`);
  return failed + unexplained === 0;
}

/** Resolves with Jest's exit code. */
function runJest({ args, whole, folder }: Run): Promise<number> {
  const coverage = whole ? ['--coverage', '--coverageReporters=json', `--coverageDirectory=${folder}`] : [];
  const workers = args.some((arg) => /^(-i|--runInBand|-w|--maxWorkers)/.test(arg)) ? [] : ['--maxWorkers=2'];
  const ours = {
    [TOTALS_VARIABLE]: join(folder, TOTALS),
    ...(whole ? { [CHILD_COVERAGE_VARIABLE]: join(folder, CHILDREN) } : {}),
  };
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      `--reporters=${join(ROOT, 'test/support/summary-reporter.ts')}`,
      ...workers,
      ...coverage,
      ...args,
    ],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...ours } },
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

async function coverageProblems(folder: string): Promise<string[]> {
  try {
    const { percent, files } = await lineCoverage({
      root: ROOT,
      jestReport: join(folder, 'coverage-final.json'),
      childFolder: join(folder, CHILDREN),
    });
    console.log(`coverage of src by lines: ${percent.toFixed(1)} %`);
    return percent >= LEAST_COVERAGE ? [] : [`at least ${LEAST_COVERAGE} % is required; most is missing in\n${leastCovered(files)}`];
  } catch (error) {
    return [`no coverage could be computed: ${String(error)}`];
  }
}

function leastCovered(files: readonly FileCoverage[]): string {
  return files
    .toSorted((left, right) => right.uncovered.length - left.uncovered.length)
    .slice(0, 10)
    .map(({ path, lines, uncovered }) => `  ${path}: ${uncovered.length} of ${lines} lines`)
    .join('\n');
}

async function readTotals(folder: string): Promise<Totals | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, TOTALS), 'utf8')) as Totals;
  } catch {
    return undefined; // Jest did not get so far
  }
}

await main();
