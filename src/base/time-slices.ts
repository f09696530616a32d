/**
 * Cooperative scheduling of long synchronous work. Work that may take longer than a few milliseconds asks `checkpoint` between its steps;
 * once its time slice is used up, it waits for the next one. One slice runs in one iteration of the event loop, so that I/O and timers come
 * between any two slices, however many rounds are at work. Groups (namespaces) take slices in turn.
 */
import { performance } from 'node:perf_hooks';
import type { Ms } from './clock.ts';

/** After so long the loop is given back; the step that is under way still ends. */
const SLICE_MS = 5;

interface Waiter {
  readonly resume: () => void;
}

export class TimeSlices {
  readonly #now: () => number;
  readonly #sliceMs: number;
  /** Waiting work by group; the group that comes next is the first. */
  readonly #waiting = new Map<string, Waiter[]>();
  #isScheduled = false;

  constructor(options: { readonly now?: () => number; readonly slice?: Ms } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#sliceMs = options.slice ?? SLICE_MS;
  }

  /** For one piece of work of a group. It has no slice yet: its first checkpoint waits for one. */
  worker(group: string, signal: AbortSignal): SlicedWork {
    let until = -Infinity;
    return {
      checkpoint: async () => {
        signal.throwIfAborted();
        if (this.#now() < until) return;
        await this.#next(group);
        signal.throwIfAborted();
        until = this.#now() + this.#sliceMs;
      },
    };
  }

  #next(group: string): Promise<void> {
    return new Promise((resume) => {
      const waiter = { resume };
      const others = this.#waiting.get(group);
      if (others === undefined) this.#waiting.set(group, [waiter]);
      else others.push(waiter);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // An immediate that is set during an immediate runs in the next iteration of the loop.
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [group, waiters] = first;
    const waiter = waiters.shift();
    this.#waiting.delete(group);
    if (waiters.length > 0) this.#waiting.set(group, waiters);
    waiter?.resume();
    if (this.#waiting.size > 0) this.#schedule();
  }
}

export interface SlicedWork {
  /** Resolves at once while the slice lasts, otherwise with the next slice. Throws the reason of the signal once that is aborted. */
  checkpoint(): Promise<void>;
}
