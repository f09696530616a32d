/** Long loops that leave the event loop to others in between. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work in one step. */
const SLICE_MS = 2;
/** The clock costs more than a look at most items: it is asked once for so many. */
const ITEMS_A_LOOK = 32;

/** Calls `work` for each item, 2 ms at a time. `items` may change meanwhile as far as their iterator allows. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let began = performance.now();
  let done = 0;
  for (const item of items) {
    work(item);
    done += 1;
    if (done % ITEMS_A_LOOK === 0 && performance.now() - began > SLICE_MS) {
      await setImmediate();
      began = performance.now();
    }
  }
}
