// The size of the reachable heap.
import { collectGarbage } from '../../test/support/collect-garbage.ts';

/** Bytes in use after everything that nobody holds has been collected. */
export function heapAfterCollection(): number {
  // Twice: what finalizers and WeakMaps let go in the first is collected in the second.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
