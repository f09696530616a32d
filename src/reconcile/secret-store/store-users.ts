/** Which stores read as which identity, so that those whose reading takes a turn are looked at again. */
import type { Identity } from '../../aws/credentials/identity.ts';
import type { Key } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import type { Enqueuer } from '../../queue/port.ts';

export class StoreUsers {
  readonly #identities = new Map<Enqueuer, Map<Key, Identity>>();

  /** Undefined: as none any more. */
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
