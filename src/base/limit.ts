/** Work of which only so much may be under way at once. */
import { untilAborted } from './waiting.ts';

export class Limit {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  /** `width` >= 1. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Begins `work` at once or when it is its turn, in the order of the calls. Rejects with the signal's reason when it aborts before that. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#underWay < this.#width) this.#underWay += 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise: turn, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await untilAborted(turn, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(resolve);
      if (place >= 0) this.#waiting.splice(place, 1);
      // The turn had come already: it goes to the next.
      else this.#end();
      throw error;
    }
  }

  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#underWay -= 1;
    else next();
  }
}
