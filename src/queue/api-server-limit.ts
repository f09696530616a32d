/**
 * Limits the reconciles that use the API server at the same time. A busy API server does not finish more work when it gets more requests at
 * a time; each request only waits longer. The permits are shared among the namespaces (fair-share.ts), and urgent keys come first.
 * Reconciles without a permit prepare in the meantime, so that their reads of AWS can share batches. A reconcile that holds its permit for
 * long (a slow connection, a request that hangs) stops counting, so that the others continue.
 */
import { type Clock, type Ms, ms } from '../base/time/clock.ts';
import { type Key, nameOf } from '../base/key.ts';
import { priority as priorities, type Priority } from '../base/priority.ts';
import { FairShare, capacityFor } from '../base/sharing/fair-share.ts';
import { KeyedHeap } from './keyed-heap.ts';
import { SlowTracker } from './slow-tracker.ts';

export interface ApiServerLimitOptions {
  readonly clock: Clock;
  /** Maximum number of permits of one namespace. There is always a permit left for another namespace. */
  readonly width: number;
  /** Time for which a permit counts. If it is held longer, another permit is issued. Default: two seconds. */
  readonly slowAfter?: Ms;
}

/** The permit of one reconcile of a key. Its disposal ends the permit. */
export interface ApiServerPermit extends Disposable {
  /** Resolves when the reconcile may use the API server, until the disposal. Further calls resolve at once. */
  begin(): Promise<void>;
}

interface Waiting {
  readonly key: Key;
  readonly namespace: string;
  /** The time of the request, on the monotonic clock; earlier for an urgent key. */
  readonly since: number;
  readonly order: number;
  readonly begin: () => void;
}

interface Active {
  readonly namespace: string;
}

/**
 * Two requests to a busy but healthy API server take less: a status of a resource with 500 entries takes up to a second. With a shorter
 * time, a busy server would get more and more requests.
 */
const DEFAULT_SLOW_AFTER = ms(2_000);
/** An urgent key comes before keys that have not waited for this much longer. So no key waits without end. */
const HEAD_START = ms(10_000);

export class ApiServerLimit {
  readonly #options: ApiServerLimitOptions;
  readonly #places: number;
  /** Waiting keys by namespace. A namespace without waiting keys has no entry. */
  readonly #waiting = new Map<string, KeyedHeap<Waiting>>();
  readonly #held = new FairShare();
  /** The permits that count. */
  readonly #active: SlowTracker<Active>;
  #order = 0;

  constructor(options: ApiServerLimitOptions) {
    this.#options = options;
    this.#places = capacityFor(options.width);
    this.#active = new SlowTracker(options.clock, options.slowAfter ?? DEFAULT_SLOW_AFTER, (slow) => this.#replace(slow));
  }

  /** Whether a reconcile of this key waits for its permit. */
  isWaiting(key: Key): boolean {
    return this.#waiting.get(nameOf(key).namespace)?.get(key) !== undefined;
  }

  /** The permit of one reconcile. A key has one reconcile at a time. */
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
    const active = { namespace };
    this.#active.start(active);
    this.#held.take(namespace);
    return active;
  }

  #end(active: Active): void {
    if (!this.#release(active)) return;
    if (this.#active.size === 0) this.#active.stop();
    this.#next();
  }

  #release(active: Active): boolean {
    if (!this.#active.end(active)) return false;
    this.#held.giveBack(active.namespace);
    return true;
  }

  #next(): void {
    for (let next = this.#first(); next !== undefined; next = this.#first()) {
      this.#leave(next.key);
      next.begin();
    }
  }

  /**
   * The waiting key of the namespace with the fewest permits, among the namespaces that may have one. With equal numbers, the oldest first
   * key decides.
   */
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

  #replace(slow: readonly Active[]): void {
    for (const active of slow) this.#release(active);
    this.#next();
  }
}

function goesBefore(left: Waiting, right: Waiting): boolean {
  return left.since === right.since ? left.order < right.order : left.since < right.since;
}
