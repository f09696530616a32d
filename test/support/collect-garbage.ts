/** Collects garbage now: for tests that something is let go. What a WeakRef was made of or gave is held until the present job ends, so settle first. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
