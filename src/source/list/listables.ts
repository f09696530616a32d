/** The references that lists may look at, by identity. */
import type { IdentityKey } from '../../aws/identity.ts';
import type { TrackedReference } from '../tracked-reference.ts';
import { Listable } from './listable.ts';

export class Listables {
  readonly #byIdentity = new Map<IdentityKey, Listable>();

  /** Who is subscribed to it, or how, has changed. */
  plan(tracked: TrackedReference): void {
    const interval = tracked.subscribers.size === 0 ? undefined : tracked.listedInterval;
    const known = this.#byIdentity.get(tracked.identity);
    if (interval === undefined) {
      tracked.covered = false;
      known?.set(tracked, undefined);
      if (known?.size === 0) this.#byIdentity.delete(tracked.identity);
      return;
    }
    const listable = known ?? new Listable();
    listable.set(tracked, interval);
    this.#byIdentity.set(tracked.identity, listable);
  }

  has(identity: IdentityKey): boolean {
    return this.#byIdentity.has(identity);
  }

  [Symbol.iterator](): Iterator<[IdentityKey, Listable]> {
    return this.#byIdentity[Symbol.iterator]();
  }

  /** How many lists have shown at their last look. */
  get covered(): number {
    let covered = 0;
    for (const { references } of this.#byIdentity.values()) for (const tracked of references) if (tracked.covered) covered += 1;
    return covered;
  }
}
