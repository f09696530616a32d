// How much the heap holds that is still needed.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after everything that nobody holds has been collected. */
export function heapAfterCollection(): number {
  // Twice: what finalizers and WeakMaps let go in the first is collected in the second.
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
