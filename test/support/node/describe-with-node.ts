// `describe` for tests that need a real node: where none can run they are skipped, counted, and named with the reason.
import { describe } from '@jest/globals';
import { findNodePrograms } from './requirements.ts';

/** Fetches programs that are missing before it decides. Await it at the top of a test file. */
export async function describeWithNode(name: string, tests: () => void): Promise<void> {
  const programs = await findNodePrograms();
  if (programs.ok) describe(name, tests);
  else describe.skip(`${name} (skipped: ${programs.failure})`, tests);
}
