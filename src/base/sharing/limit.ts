/** Limits the amount of work at the same time. */
import { untilAborted } from '../waiting.ts';

export class Limit {
  readonly #width: number;
  /** Waiting work by group. The first group is the next. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #underWay = 0;

  /** `width` >= 1. */
  constructor(width: number) {
    this.#width = width;
  }

  /**
   * Starts `work` when there is room. Groups (namespaces) that wait take turns, and each group keeps the order of its calls. Rejects with the reason of the
   * signal if it aborts before the start.
   */
  async run<T>(group: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#underWay < this.#width) this.#underWay += 1;
    else await this.#turn(group, signal);
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  async #turn(group: string, signal: AbortSignal): Promise<void> {
    const { promise: turn, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(group) ?? new Set();
    this.#waiting.set(group, waiting.add(resolve));
    try {
      await untilAborted(turn, signal);
    } catch (error) {
      // Otherwise the work had its turn already, so the turn goes to the next one.
      if (!this.#leave(group, resolve)) this.#end();
      throw error;
    }
  }

  /** False if it does not wait now. */
  #leave(group: string, resolve: () => void): boolean {
    const waiting = this.#waiting.get(group);
    const left = waiting?.delete(resolve) === true;
    if (waiting?.size === 0) this.#waiting.delete(group);
    return left;
  }

  #end(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#underWay -= 1;
      return;
    }
    const [group, waiting] = first;
    const [next] = waiting;
    // The group goes to the end of the order.
    this.#waiting.delete(group);
    if (next !== undefined) waiting.delete(next);
    if (waiting.size > 0) this.#waiting.set(group, waiting);
    next?.();
  }
}
