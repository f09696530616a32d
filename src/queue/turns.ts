/**
 * Of all keys that are worked on, few use the API server at once, the urgent ones first: one that has all it can do gets no more done when it is asked
 * for more at a time, and each waits longer. The others prepare meanwhile, so that many reads of AWS come together. Where it's the way to the server
 * that takes long, or a request hangs, others go on after a short while.
 */
import { type Clock, type Ms, ms } from '../base/clock.ts';
import type { Key } from '../base/key.ts';
import { priority as priorities, type Priority } from '../base/priority.ts';
import { Alarm } from './alarm.ts';
import { KeyedHeap } from './keyed-heap.ts';

export interface TurnsOptions {
  readonly clock: Clock;
  /** How many have their turn at once. */
  readonly width: number;
  /** How long a turn may take before another begins in its stead; half a second by default. */
  readonly slowAfter?: Ms;
}

/** Of one round on a key. Its end is the end of the turn. */
export interface Turn extends Disposable {
  /** Resolves when it is its turn, which then lasts until the end; at once when it has been before. */
  begin(): Promise<void>;
}

interface Waiting {
  readonly key: Key;
  /** When it came, by the monotonic clock, or earlier for one that goes first. */
  readonly since: number;
  readonly order: number;
  readonly begin: () => void;
}

interface Active {
  /** When it counts as slow, by the monotonic clock. */
  readonly due: Ms;
}

/** Two requests of a server that is busy, but well, take less. */
const DEFAULT_SLOW_AFTER = ms(500);
/** An urgent key goes before those that have not waited for so much longer, so that none of them waits for ever. */
const HEAD_START = ms(10_000);

export class Turns {
  readonly #options: TurnsOptions;
  readonly #slowAfter: Ms;
  readonly #waiting = new KeyedHeap<Waiting>((left, right) =>
    left.since === right.since ? left.order < right.order : left.since < right.since,
  );
  /** Those that count, in the order in which they become slow. */
  readonly #active = new Set<Active>();
  readonly #alarm: Alarm;
  #order = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#slowAfter = options.slowAfter ?? DEFAULT_SLOW_AFTER;
    this.#alarm = new Alarm(options.clock, () => this.#standIn());
  }

  /** Whether a round on this key has nothing else to do than to wait for its turn. */
  isWaiting(key: Key): boolean {
    return this.#waiting.get(key) !== undefined;
  }

  /** A key has one round at a time. */
  of(key: Key, priority: Priority): Turn {
    let begun: Promise<Active> | undefined;
    let active: Active | undefined;
    return {
      begin: async () => {
        begun ??= this.#take(key, priority);
        active = await begun;
      },
      [Symbol.dispose]: () => {
        if (active === undefined) this.#waiting.remove(key);
        else this.#end(active);
      },
    };
  }

  #take(key: Key, priority: Priority): Promise<Active> {
    if (this.#active.size < this.#options.width) return Promise.resolve(this.#begin());
    const { promise, resolve } = Promise.withResolvers<Active>();
    const since = this.#options.clock.monotonic() - (priority === priorities.urgent ? HEAD_START : 0);
    this.#waiting.set({ key, since, order: (this.#order += 1), begin: () => resolve(this.#begin()) });
    return promise;
  }

  #begin(): Active {
    const active = { due: ms(this.#options.clock.monotonic() + this.#slowAfter) };
    this.#active.add(active);
    // A set alarm may be for a turn that has ended; then it finds out by itself.
    if (!this.#alarm.isSet) this.#alarm.set(active.due);
    return active;
  }

  #end(active: Active): void {
    if (!this.#active.delete(active)) return;
    if (this.#active.size === 0) this.#alarm.set(undefined);
    this.#next();
  }

  #next(): void {
    while (this.#active.size < this.#options.width) {
      const next = this.#waiting.pop();
      if (next === undefined) return;
      next.begin();
    }
  }

  #standIn(): void {
    const now = this.#options.clock.monotonic();
    for (const active of this.#active) {
      if (active.due > now) {
        this.#alarm.set(active.due);
        break;
      }
      this.#active.delete(active);
    }
    this.#next();
  }
}
