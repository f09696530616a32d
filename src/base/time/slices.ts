/** Long loops that yield to the event loop. */
import type { SlicedWork } from './time-slices.ts';

/**
 * Calls `take` for each item, in time slices shared with all other work. Cheap steps need no promise for each item. `items` may change
 * during the loop if their iterator allows it. Rejects with the reason of the signal of `work`.
 */
export async function inSlices<T>(items: Iterable<T>, work: SlicedWork, take: (item: T) => void): Promise<void> {
  for (const item of items) {
    if (work.isUsedUp) await work.checkpoint();
    take(item);
  }
}
