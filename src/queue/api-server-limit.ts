/**
 * Of all keys that are worked on, few use the API server at once, shared out by namespace (share-of-free.ts), the urgent ones first: one that has all it can do gets no more done when it is asked
 * for more at a time, and each waits longer. The others prepare meanwhile, so that many reads of AWS come together. Where it's the way to the server
 * that takes long, or a request hangs, others go on after a short while.
 */
import { type Clock, type Ms, ms } from '../base/clock.ts';
import { type Key, nameOf } from '../base/key.ts';
import { priority as priorities, type Priority } from '../base/priority.ts';
import { Alarm } from './alarm.ts';
import { KeyedHeap } from './keyed-heap.ts';
import { HeldPlaces, placesFor } from '../base/share-of-free.ts';

export interface ApiServerLimitOptions {
  readonly clock: Clock;
  /** How many of one namespace have their turn at once; beside them there is always room for another namespace. */
  readonly width: number;
  /** How long a turn may take before another begins in its stead; two seconds by default. */
  readonly slowAfter?: Ms;
}

/** Of one round on a key. Its end is the end of the turn. */
export interface ApiServerPermit extends Disposable {
  /** Resolves when it is its turn, which then lasts until the end; at once when it has been before. */
  begin(): Promise<void>;
}

interface Waiting {
  readonly key: Key;
  readonly namespace: string;
  /** When it came, by the monotonic clock, or earlier for one that goes first. */
  readonly since: number;
  readonly order: number;
  readonly begin: () => void;
}

interface Active {
  readonly namespace: string;
  /** When it counts as slow, by the monotonic clock. */
  readonly due: Ms;
}

/**
 * Two requests of a server that is busy, but well, take less: a status of a resource with 500 entries takes up to a second. If they did not, more and more
 * would be sent to a server that is busy already.
 */
const DEFAULT_SLOW_AFTER = ms(2_000);
/** An urgent key goes before those that have not waited for so much longer, so that none of them waits for ever. */
const HEAD_START = ms(10_000);

export class ApiServerLimit {
  readonly #options: ApiServerLimitOptions;
  readonly #places: number;
  readonly #slowAfter: Ms;
  /** By namespace; nothing is kept of one that waits for nothing. */
  readonly #waiting = new Map<string, KeyedHeap<Waiting>>();
  readonly #held = new HeldPlaces();
  /** Those that count, in the order in which they become slow. */
  readonly #active = new Set<Active>();
  readonly #alarm: Alarm;
  #order = 0;

  constructor(options: ApiServerLimitOptions) {
    this.#options = options;
    this.#places = placesFor(options.width);
    this.#slowAfter = options.slowAfter ?? DEFAULT_SLOW_AFTER;
    this.#alarm = new Alarm(options.clock, () => this.#standIn());
  }

  /** Whether a round on this key has nothing else to do than to wait for its turn. */
  isWaiting(key: Key): boolean {
    return this.#waiting.get(nameOf(key).namespace)?.get(key) !== undefined;
  }

  /** A key has one round at a time. */
  of(key: Key, priority: Priority): ApiServerPermit {
    let begun: Promise<Active> | undefined;
    let active: Active | undefined;
    return {
      begin: async () => {
        begun ??= this.#take(key, priority);
        active = await begun;
      },
      [Symbol.dispose]: () => {
        if (active === undefined) this.#leave(key);
        else this.#end(active);
      },
    };
  }

  #take(key: Key, priority: Priority): Promise<Active> {
    const { namespace } = nameOf(key);
    if (this.#held.mayTake(namespace, this.#free)) return Promise.resolve(this.#begin(namespace));
    const { promise, resolve } = Promise.withResolvers<Active>();
    const since = this.#options.clock.monotonic() - (priority === priorities.urgent ? HEAD_START : 0);
    const waiting = this.#waiting.get(namespace) ?? new KeyedHeap<Waiting>(goesBefore);
    this.#waiting.set(namespace, waiting);
    waiting.set({ key, namespace, since, order: (this.#order += 1), begin: () => resolve(this.#begin(namespace)) });
    return promise;
  }

  get #free(): number {
    return this.#places - this.#active.size;
  }

  #leave(key: Key): void {
    const { namespace } = nameOf(key);
    const waiting = this.#waiting.get(namespace);
    waiting?.remove(key);
    if (waiting?.size === 0) this.#waiting.delete(namespace);
  }

  #begin(namespace: string): Active {
    const active = { namespace, due: ms(this.#options.clock.monotonic() + this.#slowAfter) };
    this.#active.add(active);
    this.#held.take(namespace);
    // A set alarm may be for a turn that has ended; then it finds out by itself.
    if (!this.#alarm.isSet) this.#alarm.set(active.due);
    return active;
  }

  #end(active: Active): void {
    if (!this.#release(active)) return;
    if (this.#active.size === 0) this.#alarm.set(undefined);
    this.#next();
  }

  #release(active: Active): boolean {
    if (!this.#active.delete(active)) return false;
    this.#held.giveBack(active.namespace);
    return true;
  }

  #next(): void {
    for (let next = this.#first(); next !== undefined; next = this.#first()) {
      this.#leave(next.key);
      next.begin();
    }
  }

  /** Of the namespaces that may have a place, the one that holds the fewest; of several that hold as many, the one whose first came first. */
  #first(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const [namespace, waiting] of this.#waiting) {
      const own = waiting.peek();
      if (own === undefined || !this.#held.mayTake(namespace, this.#free)) continue;
      if (first === undefined || this.#precedes(own, first)) first = own;
    }
    return first;
  }

  #precedes(one: Waiting, other: Waiting): boolean {
    const more = this.#held.of(one.namespace) - this.#held.of(other.namespace);
    return more < 0 || (more === 0 && goesBefore(one, other));
  }

  #standIn(): void {
    const now = this.#options.clock.monotonic();
    for (const active of this.#active) {
      if (active.due > now) {
        this.#alarm.set(active.due);
        break;
      }
      this.#release(active);
    }
    this.#next();
  }
}

function goesBefore(left: Waiting, right: Waiting): boolean {
  return left.since === right.since ? left.order < right.order : left.since < right.since;
}
