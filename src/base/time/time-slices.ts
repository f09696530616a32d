/**
 * Shares the event loop among long loops. All loops share one time slice per iteration. A loop that finds it used waits for the next
 * iteration; namespaces take turns.
 */
import { performance } from 'node:perf_hooks';
import type { Ms } from './clock.ts';

/** In milliseconds. A step that starts in the slice can end after it, so an iteration takes the slice and at most one step more. */
const SLICE_MS = 5;

export interface SlicedWork {
  /** Whether `checkpoint` would wait. Loops with cheap steps check it, so that they need no promise for each step. */
  readonly isUsedUp: boolean;
  /**
   * Resolves at once in the time slice; otherwise in a later slice, at the turn of the group. Throws the reason of the signal after its
   * abort.
   */
  checkpoint(): Promise<void>;
}

export class TimeSlices {
  readonly #now: () => number;
  readonly #sliceMs: number;
  /** Waiting work by group. The first group is the next. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #until = -Infinity;
  #isScheduled = false;

  constructor(options: { readonly now?: () => number; readonly slice?: Ms } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#sliceMs = options.slice ?? SLICE_MS;
  }

  /** `group`: the namespace of the work; '': work of the installation itself. Without a signal the work cannot be aborted. */
  worker(group: string, signal?: AbortSignal): SlicedWork {
    const isUsedUp = (): boolean => this.#isUsedUp;
    return {
      get isUsedUp() {
        return isUsedUp();
      },
      checkpoint: () => this.#checkpoint(group, signal),
    };
  }

  get #isUsedUp(): boolean {
    return this.#now() >= this.#until;
  }

  async #checkpoint(group: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    // A step of other work can use up the slice after this work was resumed.
    while (this.#isUsedUp) {
      await this.#next(group);
      signal?.throwIfAborted();
    }
  }

  #next(group: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = this.#waiting.get(group);
    if (others === undefined) this.#waiting.set(group, [resolve]);
    else others.push(resolve);
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // An immediate that is set during an immediate runs in the next iteration of the event loop.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    this.#until = this.#now() + this.#sliceMs;
    while (this.#waiting.size > 0 && this.#now() < this.#until) {
      this.#resumeOne();
      // Waits until the resumed work has done its step, because the event loop continues only after all microtasks.
      for (let hop = 0; hop < HOPS; hop += 1) await Promise.resolve();
    }
    this.#isScheduled = false;
    if (this.#waiting.size > 0) this.#schedule();
  }

  #resumeOne(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [group, waiting] = first;
    const resume = waiting.shift();
    this.#waiting.delete(group);
    if (waiting.length > 0) this.#waiting.set(group, waiting);
    resume?.();
  }
}

/** Microtasks from a promise of `#next` to the step after `await checkpoint()`, plus one. */
const HOPS = 4;
