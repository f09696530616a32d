/** The references that lists may look at, by identity. */
import type { IdentityKey } from '../../aws/credentials/identity.ts';
import type { TrackedReference } from '../references/tracked-reference.ts';
import { listedName } from './compare.ts';
import { Listable } from './listable.ts';

/** A shorter interval has its first list by then. Slots of longer ones that were missed are made up for by reads. */
const SOON_MS = 5 * 60_000;

export class Listables {
  readonly #byIdentity = new Map<IdentityKey, Listable>();

  /**
   * Somebody has just subscribed to a reference that nothing was read of, as after a restart. What is held is taken for what is there until the first
   * list tells, so that a start reads no more than lists leave to be read at any other time.
   */
  presume(tracked: TrackedReference): void {
    const { listedInterval, observation, knownVersion, reference } = tracked;
    if (listedInterval === undefined || listedInterval > SOON_MS || listedName(reference) === undefined) return;
    if (observation.kind === 'unknown' && knownVersion !== undefined) tracked.covered = true;
  }

  /** Who is subscribed to it, or how, has changed. Whether a list may be due sooner for that. */
  plan(tracked: TrackedReference): boolean {
    const interval = tracked.listedInterval;
    const known = this.#byIdentity.get(tracked.identity);
    if (interval === undefined) tracked.covered = false;
    if (!tracked.mayBeListed) {
      known?.delete(tracked);
      if (known?.size === 0) this.#byIdentity.delete(tracked.identity);
      return false;
    }
    const listable = known ?? new Listable();
    this.#byIdentity.set(tracked.identity, listable);
    return listable.set(tracked, interval);
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
