// `describe` for tests that need a real node and the operator's image: where one of them cannot be had they are skipped, counted, and named with
// the reason.
import { describe } from '@jest/globals';
import type { Say } from '../control-plane/progress.ts';
import { buildOperatorImage, type OperatorImage } from '../image/operator-image.ts';
import { findNodePrograms } from '../node/requirements.ts';

/** Fetches and builds what is missing before it decides. Await it at the top of a test file. */
export async function describeWithImage(name: string, say: Say, tests: (imageOf: () => OperatorImage) => void): Promise<void> {
  const programs = await findNodePrograms({ say });
  const image = programs.ok ? await buildOperatorImage(say) : programs;
  if (image.ok) describe(name, () => tests(() => image.value));
  else describe.skip(`${name} (skipped: ${image.failure})`, () => tests(missing));
}

function missing(): never {
  throw new Error('a skipped test has run');
}
