// `describe` for tests that need a real node. If none can run, the tests are skipped and counted, and the run reports the cause.
import { describe } from '@jest/globals';
import { findNodePrograms } from './requirements.ts';

/** Fetches programs that are missing before it decides. Await it at the top of a test file. */
export async function describeWithNode(name: string, tests: () => void): Promise<void> {
  const programs = await findNodePrograms();
  if (programs.ok) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`skipped, ${name}: ${programs.failure}\n`); // Jest does not name tests of a file that is skipped as a whole
  describe.skip(`${name} (${programs.failure})`, tests);
}
