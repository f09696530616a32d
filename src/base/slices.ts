/** Long loops that leave the event loop to others in between. */
import type { SlicedWork } from './time-slices.ts';

/**
 * Calls `take` for each item, in time slices shared with all other work. Items whose step is cheap do not wait for a promise each. `items` may change
 * meanwhile as far as their iterator allows. Rejects with the reason of the signal of `work`.
 */
export async function inSlices<T>(items: Iterable<T>, work: SlicedWork, take: (item: T) => void): Promise<void> {
  for (const item of items) {
    if (work.isUsedUp) await work.checkpoint();
    take(item);
  }
}
