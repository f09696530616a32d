/**
 * Runs a garbage collection, for tests that an object is released. The target of a WeakRef stays until the present job ends, so await
 * first.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
