import { describe, expect, it } from '@jest/globals';
import type { AggregatedResult } from '@jest/reporters';
import { totalsOf } from '../../support/summary-reporter.ts';

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
