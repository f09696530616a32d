/**
 * Plans the reads of all references again, in time slices: the state of one queue concerns tens of thousands of references. A request during a walk makes
 * one more walk, whatever the number of requests.
 */
import { inSlices } from '../base/time/slices.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';

export interface ReplansOptions {
  readonly slices: Pick<TimeSlices, 'worker'>;
  /** One reference in each step. */
  readonly walk: () => Iterable<unknown>;
  /** A walk has failed, which is a defect. */
  readonly onError: (error: unknown) => void;
}

export class Replans {
  readonly #options: ReplansOptions;
  #isRunning = false;
  #isRequested = false;

  constructor(options: ReplansOptions) {
    this.#options = options;
  }

  request(): void {
    this.#isRequested = true;
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    const { slices, walk, onError } = this.#options;
    this.#isRunning = true;
    while (this.#isRequested) {
      this.#isRequested = false;
      try {
        await inSlices(walk(), slices.worker(''), () => undefined);
      } catch (error) {
        onError(error);
      }
    }
    this.#isRunning = false;
  }
}
