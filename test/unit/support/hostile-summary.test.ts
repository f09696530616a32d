import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Findings, limits } from '../../support/hostile/findings.ts';
import { type Measured, readMeasured, recordMeasured, SUMMARY_VARIABLE, summaryTable } from '../../support/hostile/summary.ts';

const findings: Findings = {
  phase: 'planted',
  turnsMs: [12.4, 3],
  livezMs: 30,
  noiseMs: 20,
  unanswered: 0,
  peakMiB: 150.2,
  busyShare: 0.256,
  newcomersMs: [100, 250],
  quietMs: 80,
  rotationsMs: [900, 4_000],
  leaseKept: true,
  running: true,
};

const inside: Measured = { input: 'a | b', findings, breaches: [] };
const outside: Measured = {
  input: 'c',
  findings: { ...findings, phase: 'started again', turnsMs: [limits.turnMs + 1], rotationsMs: [] },
  breaches: ['started again: one turn took 51 ms', 'started again: the lease was lost'],
};
const failed: Measured = { input: 'd', failure: 'Error: plant\nfailed' };

describe('the table of a run', () => {
  it('has a row for each measurement, and counts those inside the rule', () => {
    expect(summaryTable([inside, outside, failed]).split('\n')).toEqual([
      '| input | phase | longest turn, ms | /livez, ms (noise) | other tenant, ms (quiet) | rotated value, ms | peak RSS, MiB | loop busy, % | rule |',
      '| - | - | - | - | - | - | - | - | - |',
      '| a \\| b | planted | 12 | 30 (20) | 250 (80) | 4000 | 150 | 26 | inside |',
      '| c | started again | 51 | 30 (20) | 250 (80) |  | 150 | 26 | outside: started again: one turn took 51 ms; started again: the lease was lost |',
      '| d |  |  |  |  |  |  |  | outside: Error: plant failed |',
      '',
      '1 of 3 measurements are inside the rule',
    ]);
  });

  describe('in a file', () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'keytender-summary-'));
    });
    afterEach(() => {
      delete process.env[SUMMARY_VARIABLE];
      rmSync(folder, { recursive: true });
    });

    it('is what was recorded, in its order; nothing where nothing was', () => {
      const path = join(folder, 'measured');
      recordMeasured(inside);
      expect(readMeasured(path)).toEqual([]);
      process.env[SUMMARY_VARIABLE] = path;
      recordMeasured(outside);
      recordMeasured(failed);
      expect(readMeasured(path)).toEqual([outside, failed]);
    });
  });
});
