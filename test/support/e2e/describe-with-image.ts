// `describe` for tests that need a real node and the operator's image. If one of them is not available, the tests are skipped and counted,
// and the run reports the cause.
import { describe } from '@jest/globals';
import type { Say } from '../control-plane/progress.ts';
import { buildOperatorImage, type OperatorImage } from '../image/operator-image.ts';
import { findNodePrograms } from '../node/requirements.ts';

/** Fetches and builds what is missing before it decides. Await it at the top of a test file. */
export async function describeWithImage(name: string, say: Say, tests: (imageOf: () => OperatorImage) => void): Promise<void> {
  const programs = await findNodePrograms({ say });
  const image = programs.ok ? await buildOperatorImage(say) : programs;
  if (image.ok) {
    describe(name, () => tests(() => image.value));
    return;
  }
  say(`skipped: ${image.failure}`); // Jest does not name tests of a file that is skipped as a whole
  describe.skip(`${name} (${image.failure})`, () => tests(missing));
}

function missing(): never {
  throw new Error('a skipped test has run');
}
