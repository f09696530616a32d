/**
 * Keys of one priority, shared out fairly: the namespaces that have some take turns, one key each, so that one with thousands holds up another
 * by one key a turn. Within a namespace the oldest comes first. Pure data; nothing is kept of a namespace without keys.
 */
import { type Key, keyOf, nameOf } from '../base/key.ts';
import { KeyedHeap } from './keyed-heap.ts';

export interface Aged {
  readonly key: Key;
  /** Lower numbers are older; no two are equal. */
  readonly order: number;
}

interface Share<E extends Aged> {
  /** Of the Namespace; cluster-scoped keys have one share together. */
  readonly key: Key;
  readonly turn: number;
  readonly entries: KeyedHeap<E>;
}

export class FairShares<E extends Aged> {
  /** The one whose turn it is first. */
  readonly #shares = new KeyedHeap<Share<E>>((left, right) => left.turn < right.turn);
  #turns = 0;

  /** Puts the entry in; it must not be in yet. A namespace that had none lines up last. */
  add(entry: E): void {
    const namespace = namespaceOf(entry.key);
    const share = this.#shares.get(namespace);
    const entries = share?.entries ?? new KeyedHeap<E>((left, right) => left.order < right.order);
    entries.set(entry);
    if (share === undefined) this.#lineUp(namespace, entries);
  }

  remove(key: Key): void {
    const share = this.#shares.get(namespaceOf(key));
    share?.entries.remove(key);
    if (share?.entries.size === 0) this.#shares.remove(share.key);
  }

  /**
   * The next entry of a namespace that `may` have one more; `may` gets the name of the namespace. A namespace that may not keeps its turn. Costs
   * O(log n) for each namespace that is passed over.
   */
  pop(may: (namespace: string) => boolean = () => true): E | undefined {
    const passedOver: Share<E>[] = [];
    let share = this.#shares.peek();
    while (share !== undefined && !may(nameOf(share.key).name)) {
      passedOver.push(share);
      this.#shares.remove(share.key);
      share = this.#shares.peek();
    }
    for (const one of passedOver) this.#shares.set(one);
    const next = share?.entries.pop();
    if (share?.entries.size === 0) this.#shares.remove(share.key);
    else if (share !== undefined) this.#lineUp(share.key, share.entries);
    return next;
  }

  #lineUp(namespace: Key, entries: KeyedHeap<E>): void {
    this.#shares.set({ key: namespace, turn: (this.#turns += 1), entries });
  }
}

function namespaceOf(key: Key): Key {
  return keyOf('', nameOf(key).namespace);
}
