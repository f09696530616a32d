/** The references that lists can show, by identity. */
import type { IdentityKey } from '../../aws/credentials/identity.ts';
import type { TrackedReference } from './tracked-reference.ts';
import { listedName } from './listed-name.ts';
import { Listable } from './listable.ts';

/** References with an interval up to this have their first list within this time. Missed slots of longer intervals are read. */
const SOON_MS = 5 * 60_000;

export class Listables {
  readonly #byIdentity = new Map<IdentityKey, Listable>();

  /**
   * Call this for a new subscription to a reference that was never read, for example after a restart. Until the first list, the version of
   * the dependants counts as the present one, so that a start causes no more reads than usual.
   */
  presume(tracked: TrackedReference): void {
    const { listedInterval, observation, knownVersion, reference } = tracked;
    if (listedInterval === undefined || listedInterval > SOON_MS || listedName(reference) === undefined) return;
    if (observation.kind === 'unknown' && knownVersion !== undefined) tracked.covered = true;
  }

  /** The subscriptions of the reference have changed. Returns whether a list may be due sooner. */
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

  /** Number of references that the last lists have shown. */
  get covered(): number {
    let covered = 0;
    for (const { references } of this.#byIdentity.values()) for (const tracked of references) if (tracked.covered) covered += 1;
    return covered;
  }
}
