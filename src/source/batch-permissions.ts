/** Which identities may not make batch calls: remembered, and tried again after an hour in case somebody has granted it. */
import type { IdentityKey } from '../aws/identity.ts';
import type { Clock } from '../base/clock.ts';

const REMEMBERED_MS = 3_600_000;

export class BatchPermissions {
  readonly #clock: Clock;
  readonly #deniedUntil = new Map<IdentityKey, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  denied(identity: IdentityKey): void {
    const now = this.#clock.monotonic();
    // Identities come and go; those whose time is over are of no more interest.
    for (const [key, until] of this.#deniedUntil) if (until <= now) this.#deniedUntil.delete(key);
    this.#deniedUntil.set(identity, now + REMEMBERED_MS);
  }

  allows(identity: IdentityKey): boolean {
    return (this.#deniedUntil.get(identity) ?? 0) <= this.#clock.monotonic();
  }

  /** How many identities are known to be denied. */
  get size(): number {
    return this.#deniedUntil.size;
  }
}
