/**
 * Jest reporter: one line for each test file, failures where they happen and once more as a list at the end. Leaves its totals in the file that
 * KEYTENDER_TEST_TOTALS names, for run-tests.ts, which prints the last line.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AggregatedResult, Test, TestResult } from '@jest/reporters';

export const TOTALS_VARIABLE = 'KEYTENDER_TEST_TOTALS';

/** For the teardown; Jest itself would wait for ever for a timer or socket that a test forgot. */
const LONGEST_END_MS = 30_000;

export interface Totals {
  readonly passed: number;
  /** Tests that failed, and files that could not be run. */
  readonly failed: number;
  readonly skipped: number;
}

export default class SummaryReporter {
  onTestResult(test: Test, result: TestResult): void {
    const failed = result.numFailingTests > 0 || result.testExecError !== undefined;
    const seconds = ((result.perfStats.end - result.perfStats.start) / 1000).toFixed(1);
    const file = path.relative(test.context.config.rootDir, test.path);
    print(`${failed ? 'FAILED' : 'ok    '} ${file} (${countText(result)}, ${seconds} s)`);
    if (failed) printDetails(result);
  }

  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const broken = results.testResults.filter((one) => one.numFailingTests > 0 || one.testExecError !== undefined);
    if (broken.length > 0) print(`\nFailures:\n${broken.flatMap(failureList).join('\n')}`);
    const seconds = ((Date.now() - results.startTime) / 1000).toFixed(0);
    print(`\n${results.numTotalTestSuites} files in ${seconds} s`);
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
