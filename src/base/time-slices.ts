/**
 * Cooperative scheduling of long synchronous work. Work that may take longer than a millisecond asks `checkpoint` before each of its steps. In one
 * iteration of the event loop all work together has one time slice; who finds it used up waits for that of the next iteration, so that I/O and timers
 * come between, however many rounds are at work. Groups (namespaces) that wait go on in turn.
 */
import { performance } from 'node:perf_hooks';
import type { Ms } from './clock.ts';

/** Milliseconds. A step that begins within the slice may end after it: an iteration takes the slice and at most one step more. */
const SLICE_MS = 5;

export interface SlicedWork {
  /** Whether `checkpoint` would wait. For loops of cheap steps, which then need no promise for each. */
  readonly isUsedUp: boolean;
  /** Resolves at once within the time slice, otherwise in a later one, at the turn of the group. Throws the reason of the signal after its abort. */
  checkpoint(): Promise<void>;
}

export class TimeSlices {
  readonly #now: () => number;
  readonly #sliceMs: number;
  /** Those who wait, by group; the group that comes next is the first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #until = -Infinity;
  #isScheduled = false;

  constructor(options: { readonly now?: () => number; readonly slice?: Ms } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#sliceMs = options.slice ?? SLICE_MS;
  }

  /** `group`: the namespace that the work is for; empty: the installation's own. Without a signal it cannot be broken off. */
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
    // Somebody else's step may have used up the slice after this work was resumed.
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
    // An immediate that is set during an immediate runs in the next iteration of the loop.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    this.#until = this.#now() + this.#sliceMs;
    while (this.#waiting.size > 0 && this.#now() < this.#until) {
      this.#resumeOne();
      // The loop goes on only after all microtasks: this waits until the resumed work has done its step.
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

/** Microtasks from a promise of `#next` to the step behind `await checkpoint()`, and one to spare. */
const HOPS = 4;
