/** The stores of each identity. A change of the reads with an identity enqueues its stores. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { Key } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import type { Enqueuer } from '../../queue/port.ts';

export class StoreUsers {
  readonly #identities = new Map<Enqueuer, Map<Key, Identity>>();

  /** Records the identity of the store of `key`. Undefined: the store has no identity now. */
  reads(queue: Enqueuer, key: Key, identity: Identity | undefined): void {
    const stores = this.#identities.get(queue) ?? new Map<Key, Identity>();
    this.#identities.set(queue, stores);
    if (identity === undefined) stores.delete(key);
    else stores.set(key, identity);
  }

  wake(concerns: (identity: Identity) => boolean): void {
    for (const [queue, stores] of this.#identities) {
      for (const [key, identity] of stores) if (concerns(identity)) queue.add(key, priority.source);
    }
  }
}
