/** Which stores read as which identity. A change in the reads as an identity wakes its stores. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { Key } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import type { Enqueuer } from '../../queue/port.ts';

export class StoreUsers {
  readonly #identities = new Map<Enqueuer, Map<Key, Identity>>();

  /** Records that the store of `key` reads as `identity`. Undefined: the store has no identity any more. */
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
