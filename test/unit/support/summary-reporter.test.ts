import { describe, expect, it } from '@jest/globals';
import type { AggregatedResult } from '@jest/reporters';
import { slowestText, totalsOf } from '../../support/summary-reporter.ts';

const results = {
  numPassedTests: 7,
  numFailedTests: 2,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 3,
  numTodoTests: 1,
  wasInterrupted: false,
} as AggregatedResult;

describe('totalsOf', () => {
  it('counts tests', () => {
    expect(totalsOf(results)).toEqual({ passed: 7, failed: 2, skipped: 4 });
  });

  it('counts a file that could not be run, and an interruption, as failed', () => {
    expect(totalsOf({ ...results, numRuntimeErrorTestSuites: 1, wasInterrupted: true }).failed).toBe(4);
  });
});

describe('slowestText', () => {
  it('names the ten longest, the longest first, and says how much of the time they take', () => {
    const durations = Array.from({ length: 20 }, (_, index) => ({ file: `${index}.test.ts`, milliseconds: index * 1_000 }));
    const lines = slowestText(durations).split('\n');
    expect(lines[0]).toBe('slowest 10 files, 76 % of the time of all:');
    expect(lines.slice(1).map((line) => line.trim())).toEqual(
      Array.from({ length: 10 }, (_, index) => `${19 - index}.0 s  ${19 - index}.test.ts`),
    );
  });
});
