/**
 * The order in which Jest runs test files: the longest first, so that no worker is left with a long file at the end. Jest remembers durations for each
 * checkout. For a file that this checkout has not run yet, durations.json has the seconds of an earlier run. To renew it, on an idle machine:
 *
 *     KEYTENDER_RECORD_DURATIONS=1 npm test
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { AggregatedResult, Test } from '@jest/reporters';
import sequencer from '@jest/test-sequencer';
import { type Durations, durationOf, recorded } from './durations.ts';

const RECORD_VARIABLE = 'KEYTENDER_RECORD_DURATIONS';
const FILE = join(import.meta.dirname, 'durations.json');
const ROOT = join(import.meta.dirname, '../../..');
/** As Jest's cache states it. */
const PASSED = 1;

// For an import, the package has no types of its own: they are those of its CommonJS build, whose default is a member.
const TestSequencer = sequencer as unknown as typeof sequencer.default;

export default class LongestFirst extends TestSequencer {
  readonly #durations = JSON.parse(readFileSync(FILE, 'utf8')) as Durations;

  /** Jest's own sequencer runs files of unknown duration first: here, none is unknown. */
  override _getCache(test: Test): ReturnType<sequencer.default['_getCache']> {
    const cache = super._getCache(test);
    cache[test.path] ??= [PASSED, 1_000 * durationOf(relative(ROOT, test.path), this.#durations)];
    return cache;
  }

  override cacheResults(tests: Test[], results: AggregatedResult): void {
    super.cacheResults(tests, results);
    if (process.env[RECORD_VARIABLE] !== '1') return;
    const run = results.testResults.map(
      ({ testFilePath, perfStats }) => [relative(ROOT, testFilePath), perfStats.runtime / 1_000] as const,
    );
    const durations = recorded(this.#durations, run, (file) => existsSync(join(ROOT, file)));
    writeFileSync(FILE, `${JSON.stringify(durations, undefined, 2)}\n`);
  }
}
