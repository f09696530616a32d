/**
 * Keys of one priority in fair order: namespaces with keys take turns, one key each. A namespace with thousands of keys delays another
 * namespace by one key per turn. In a namespace the oldest key comes first. Pure data; a namespace without keys has no entry.
 */
import { type Key, keyOf, nameOf } from '../base/key.ts';
import { KeyedHeap } from './keyed-heap.ts';

export interface Aged {
  readonly key: Key;
  /** Lower numbers are older. All numbers are different. */
  readonly order: number;
}

/** The keys of one namespace. */
interface Flow<E extends Aged> {
  /** Key of the Namespace. All cluster-scoped keys are one flow. */
  readonly key: Key;
  readonly turn: number;
  readonly entries: KeyedHeap<E>;
}

export class FairQueue<E extends Aged> {
  /** The flow with the next turn comes first. */
  readonly #flows = new KeyedHeap<Flow<E>>((left, right) => left.turn < right.turn);
  #turns = 0;

  /** Adds an entry that is not in the queue. A namespace that had no entry goes to the end of the order. */
  add(entry: E): void {
    const namespace = namespaceOf(entry.key);
    const flow = this.#flows.get(namespace);
    const entries = flow?.entries ?? new KeyedHeap<E>((left, right) => left.order < right.order);
    entries.set(entry);
    if (flow === undefined) this.#enqueue(namespace, entries);
  }

  remove(key: Key): void {
    const flow = this.#flows.get(namespaceOf(key));
    flow?.entries.remove(key);
    if (flow?.entries.size === 0) this.#flows.remove(flow.key);
  }

  /**
   * The next entry of a namespace for which `may` is true; `may` gets the name of the namespace. Other namespaces keep their turns. Costs
   * O(log n) for each skipped namespace.
   */
  pop(may: (namespace: string) => boolean = () => true): E | undefined {
    const skipped: Flow<E>[] = [];
    let flow = this.#flows.peek();
    while (flow !== undefined && !may(nameOf(flow.key).name)) {
      skipped.push(flow);
      this.#flows.remove(flow.key);
      flow = this.#flows.peek();
    }
    for (const one of skipped) this.#flows.set(one);
    const next = flow?.entries.pop();
    if (flow?.entries.size === 0) this.#flows.remove(flow.key);
    else if (flow !== undefined) this.#enqueue(flow.key, flow.entries);
    return next;
  }

  #enqueue(namespace: Key, entries: KeyedHeap<E>): void {
    this.#flows.set({ key: namespace, turn: (this.#turns += 1), entries });
  }
}

function namespaceOf(key: Key): Key {
  return keyOf('', nameOf(key).namespace);
}
