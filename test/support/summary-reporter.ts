/**
 * Jest reporter: one line for each test file, failures at their time and again as a list at the end. Writes its totals to the file in
 * KEYTENDER_TEST_TOTALS, for run-tests.ts, which prints the last line.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AggregatedResult, Test, TestResult } from '@jest/reporters';

export const TOTALS_VARIABLE = 'KEYTENDER_TEST_TOTALS';

/** For the teardown; Jest itself would wait for ever for a timer or socket that a test forgot. */
const LONGEST_END_MS = 30_000;

/** So many files are named at the end of a run of more: where to look when the suite has become slow. */
const SLOWEST = 10;

export interface FileDuration {
  readonly file: string;
  readonly milliseconds: number;
}

export interface Totals {
  readonly passed: number;
  /** Tests that failed, and files that could not be run. */
  readonly failed: number;
  readonly skipped: number;
}

export default class SummaryReporter {
  onTestResult(test: Test, result: TestResult): void {
    const failed = result.numFailingTests > 0 || result.testExecError !== undefined;
    const file = path.relative(test.context.config.rootDir, test.path);
    print(`${failed ? 'FAILED' : 'ok    '} ${file} (${countText(result)}, ${secondsText(durationOf(result).milliseconds)} s)`);
    if (failed) printDetails(result);
  }

  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const broken = results.testResults.filter((one) => one.numFailingTests > 0 || one.testExecError !== undefined);
    if (broken.length > 0) print(`\nFailures:\n${broken.flatMap(failureList).join('\n')}`);
    const seconds = ((Date.now() - results.startTime) / 1000).toFixed(0);
    print(`\n${results.numTotalTestSuites} files in ${seconds} s`);
    if (results.testResults.length > SLOWEST) print(slowestText(results.testResults.map(durationOf)));
    const file = process.env[TOTALS_VARIABLE];
    if (file !== undefined) writeFileSync(file, JSON.stringify(totalsOf(results)));
    setTimeout(endIt, LONGEST_END_MS).unref();
  }
}

export function totalsOf(results: AggregatedResult): Totals {
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites + (results.wasInterrupted ? 1 : 0),
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** The files that took longest, the longest first, and their share of the time of all. */
export function slowestText(durations: readonly FileDuration[]): string {
  const slowest = durations.toSorted((left, right) => right.milliseconds - left.milliseconds).slice(0, SLOWEST);
  const share = (100 * sumOf(slowest)) / Math.max(1, sumOf(durations));
  const lines = slowest.map(({ file, milliseconds }) => `${secondsText(milliseconds).padStart(8)} s  ${file}`);
  return [`slowest ${slowest.length} files, ${share.toFixed(0)} % of the time of all:`, ...lines].join('\n');
}

function sumOf(durations: readonly FileDuration[]): number {
  return durations.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

function durationOf({ testFilePath, perfStats }: TestResult): FileDuration {
  return { file: path.relative(process.cwd(), testFilePath), milliseconds: perfStats.end - perfStats.start };
}

function secondsText(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function endIt(): void {
  print(`Jest still runs ${LONGEST_END_MS / 1000} s after its last test: a test left something open`);
  process.exit(1);
}

function printDetails(result: TestResult): void {
  for (const { message, origin } of result.console ?? []) print(`  console: ${message.trimEnd()} (${originOf(origin)})`);
  if (result.failureMessage) print(result.failureMessage);
}

/** Where it was called: the first line of a stack. */
function originOf(stack: string): string {
  return stack.trim().split('\n', 1)[0]?.replace(/^at /, '') ?? '';
}

function failureList(result: TestResult): string[] {
  const file = path.relative(process.cwd(), result.testFilePath);
  if (result.testExecError !== undefined) return [`  ${file}: could not be run`];
  return result.testResults.filter(({ status }) => status === 'failed').map(({ fullName }) => `  ${file}: ${fullName}`);
}

function countText({ numPassingTests, numFailingTests, numPendingTests, numTodoTests }: TestResult): string {
  const skipped = numPendingTests + numTodoTests;
  const parts = [`${numPassingTests} passed`];
  if (numFailingTests > 0) parts.push(`${numFailingTests} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(', ');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
