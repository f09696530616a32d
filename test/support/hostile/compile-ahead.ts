// The operator loads some modules at their first use. In the image they are JavaScript, and loading them takes some milliseconds. Tests run the sources, and
// the first process on a machine strips their types, which takes 60 ms and would count as a turn of the event loop.
import { join } from 'node:path';
import { mustRun } from '../control-plane/run-command.ts';
import { ROOT } from '../jest-run.ts';
import { compileCacheEnvironment } from '../operator/compile-cache.ts';
import { flagsInContainer, imageStart } from '../operator/image-start.ts';

export const LOADED_LATER = ['src/aws/parameter-store/parameter-store.ts', 'src/aws/sqs/queue-events.ts'] as const;

/** Fills Node's compile cache with them. The cache counts for processes with equal flags. */
export async function compileAhead(): Promise<void> {
  const load = LOADED_LATER.map((path) => `await import(${JSON.stringify(join(ROOT, path))});`).join(' ');
  const args = [...flagsInContainer(imageStart), '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', load];
  await mustRun(join(ROOT, 'node_modules', '.bin', 'node'), args, { cwd: ROOT, env: { ...process.env, ...compileCacheEnvironment() } });
}
