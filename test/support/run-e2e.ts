/**
 * `npm run e2e`: the files of test/e2e one after the other, or those in its arguments (they go to Jest). Real parts only: a Docker engine,
 * a node, helm. Parts that a machine does not have are skipped, and the test file names them. Ends with `N passed, N failed`.
 */
import { join } from 'node:path';
import { FIGURES_VARIABLE, figuresTable } from './e2e/figures.ts';
import { reportOutcome, runJest, withRunFolder } from './jest-run.ts';

const CONFIG = 'test/e2e/jest.config.mjs';

process.exitCode = await withRunFolder(async (folder) => {
  const figures = join(folder, 'figures');
  const outcome = await runJest([`--config=${CONFIG}`, '--runInBand', ...process.argv.slice(2)], folder, { [FIGURES_VARIABLE]: figures });
  process.stdout.write(figuresTable(figures));
  return reportOutcome(outcome) ? 0 : 1;
});
