/** Limits the amount of work at the same time: in all, and for each group. */
import { untilAborted } from '../waiting.ts';
import { FairShare } from './fair-share.ts';

export class Limit {
  readonly #width: number;
  readonly #perGroup: number | 'fair';
  /** Waiting work by group. The first group with room is the next. */
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Work under way, by group. */
  readonly #held = new FairShare();
  #underWay = 0;

  /**
   * `width` >= 1, `perGroup` >= 1: with fewer than `width`, one group leaves places to others. 'fair': its share of the free places (fair-share.ts), so that
   * several groups leave places as well.
   */
  constructor(width: number, perGroup: number | 'fair' = width) {
    this.#width = width;
    this.#perGroup = perGroup;
  }

  /**
   * Starts `work` when there is room. Groups (namespaces) that wait take turns, and each group keeps the order of its calls. Rejects with the reason of the
   * signal if it aborts before the start.
   */
  async run<T>(group: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#mayStart(group)) this.#start(group);
    else await this.#turn(group, signal);
    try {
      return await work();
    } finally {
      this.#end(group);
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
      if (!this.#leave(group, resolve)) this.#end(group);
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

  #mayStart(group: string): boolean {
    const free = this.#width - this.#underWay;
    if (this.#perGroup === 'fair') return this.#held.mayTake(group, free);
    return free > 0 && this.#held.of(group) < this.#perGroup;
  }

  #start(group: string): void {
    this.#underWay += 1;
    this.#held.take(group);
  }

  #end(ended: string): void {
    this.#underWay -= 1;
    this.#held.giveBack(ended);
    for (const [group, waiting] of this.#waiting) {
      if (!this.#mayStart(group)) continue;
      this.#startNext(group, waiting);
      return;
    }
  }

  #startNext(group: string, waiting: Set<() => void>): void {
    const [next] = waiting;
    // The group goes to the end of the order.
    this.#waiting.delete(group);
    if (next !== undefined) waiting.delete(next);
    if (waiting.size > 0) this.#waiting.set(group, waiting);
    this.#start(group);
    next?.();
  }
}
