// Node's compile cache for operators that tests start: without it, half of the processor time of a start is spent on the types of 400 source files.
import { join } from 'node:path';
import { cacheFolder } from '../control-plane/cache-folder.ts';
import { childCoverageEnvironment } from '../line-coverage/child-coverage.ts';

/**
 * To be spread into the environment of a spawned `node src/main.ts`. Code that was compiled without coverage counts too coarsely, so that runs that measure
 * it have a cache of their own.
 */
export function compileCacheEnvironment(env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> {
  const isMeasured = 'NODE_V8_COVERAGE' in childCoverageEnvironment(env);
  return { NODE_COMPILE_CACHE: join(cacheFolder(env), 'node-compile-cache', isMeasured ? 'with-coverage' : 'without-coverage') };
}
