/**
 * `npm test`: the whole suite, or the files in its arguments (they go to Jest). Finds or builds the control plane first, measures the
 * coverage of src if the whole suite runs, and ends with `N passed, N failed`. Exit code 1 after a failure.
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findControlPlaneBinaries } from './control-plane/binaries.ts';
import { includesClusterTests } from './control-plane/jest-global-setup.ts';
import { CI_VARIABLE, withoutFolder } from './hostile/selection.ts';
import { readMeasured, SUMMARY_VARIABLE, summaryTable } from './hostile/summary.ts';
import { reportOutcome, ROOT, runJest, withRunFolder } from './jest-run.ts';
import { CHILD_COVERAGE_VARIABLE } from './line-coverage/child-coverage.ts';
import { lineCoverage, type FileCoverage } from './line-coverage/measure.ts';

const LEAST_COVERAGE = 90;
/** They share one API server. */
const MAX_WORKERS = 4;
const CHILDREN = 'children';
/** Of Jest's options, those that leave the suite whole. */
const HARMLESS = /^(--verbose|--silent|--ci|-i|--runInBand|--maxWorkers(=.*)?|--randomize|--showSeed|--seed=.*)$/;

async function main(): Promise<void> {
  const args = withoutFolder(process.argv.slice(2));
  const patterns = args.filter((arg) => !arg.startsWith('-'));
  if (includesClusterTests(patterns, process.env)) await findControlPlaneBinaries();
  const whole = args.every((arg) => HARMLESS.test(arg)) && process.env['KEYTENDER_CLUSTER_TESTS'] !== '0';
  process.exitCode = (await withRunFolder((folder) => runAndReport(args, whole, folder))) ? 0 : 1;
}

/** True when all is well. */
async function runAndReport(args: readonly string[], whole: boolean, folder: string): Promise<boolean> {
  const children = join(folder, CHILDREN);
  await mkdir(children);
  const coverage = whole ? ['--coverage', '--coverageReporters=json', `--coverageDirectory=${folder}`] : [];
  // They measure, so that they have the machine for themselves: `npm run hostile`.
  const isHostile = args.some((arg) => arg.includes('cluster/hostile'));
  const measuring = isHostile ? ['--testPathIgnorePatterns=/node_modules/', '--runInBand'] : [];
  const isChosen = measuring.length > 0 || args.some((arg) => /^(-i|--runInBand|-w|--maxWorkers)/.test(arg));
  const workers = isChosen ? [] : [`--maxWorkers=${workersFor(args)}`];
  const summary = join(folder, 'hostile.jsonl');
  const outcome = await runJest(
    // Paths come after a flag without a value: else Jest takes them for values of the option before.
    [...workers, ...coverage, ...measuring, ...args],
    folder,
    {
      ...(whole ? { [CHILD_COVERAGE_VARIABLE]: children } : {}),
      ...(isHostile ? { [SUMMARY_VARIABLE]: summary } : {}),
      ...(isHostile && args.includes('--ci') ? { [CI_VARIABLE]: '1' } : {}),
    },
  );
  // Also of a run that was stopped: what was measured until then.
  if (isHostile) console.log(`\n${summaryTable(readMeasured(summary))}`);
  const isEmpty = isHostile && outcome.totals?.passed === 0 && outcome.totals.failed === 0;
  return reportOutcome(outcome, whole ? await coverageProblems(folder) : isEmpty ? ['no hostile input ran'] : []);
}

/** Cluster tests wait most of the time, for the API server and for intervals: with a worker for each core, half of the processor time would be unused. */
function workersFor(args: readonly string[]): number {
  const cores = availableParallelism();
  const patterns = args.filter((arg) => !arg.startsWith('-'));
  return includesClusterTests(patterns, process.env) ? Math.min(Math.ceil(1.5 * cores), MAX_WORKERS) : Math.min(cores, MAX_WORKERS);
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

await main();
