/**
 * The identities that may not make batch calls, or lists. A denial is kept for an hour and then tried again, because the permission may be
 * granted later.
 */
import type { IdentityKey } from '../../aws/credentials/identity.ts';
import type { Clock } from '../../base/time/clock.ts';
import { SharedMap } from '../../base/sharing/shared-map.ts';

const REMEMBERED_MS = 3_600_000;
const MAX_KNOWN = { total: 4_096 };

export type BatchPermission = 'unknown' | 'granted' | 'denied';

export class BatchPermissions {
  readonly #clock: Clock;
  readonly #onChange: (identity: IdentityKey) => void;
  readonly #deniedUntil = new SharedMap<IdentityKey, number>(MAX_KNOWN);
  readonly #granted = new SharedMap<IdentityKey, true>(MAX_KNOWN);

  /** `onChange`: the permission of this identity has changed. */
  constructor(clock: Clock, onChange: (identity: IdentityKey) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** `owner`: the namespace of the store, whose share the entry uses. */
  denied(identity: IdentityKey, owner?: string): void {
    const now = this.#clock.monotonic();
    const isChange = this.of(identity) !== 'denied';
    // Identities change over time. Denials that were not tried again for another hour are dropped.
    for (const [key, until] of this.#deniedUntil) if (until + REMEMBERED_MS <= now) this.#deniedUntil.delete(key);
    this.#deniedUntil.set(identity, now + REMEMBERED_MS, owner);
    if (isChange) this.#onChange(identity);
  }

  granted(identity: IdentityKey, owner?: string): void {
    const isChange = this.#deniedUntil.delete(identity) || this.#granted.get(identity) === undefined;
    if (!isChange) return;
    this.#granted.set(identity, true, owner);
    this.#onChange(identity);
  }

  /** Whether such a call may be tried. */
  allows(identity: IdentityKey): boolean {
    return (this.#deniedUntil.get(identity) ?? 0) <= this.#clock.monotonic();
  }

  /** The result of the last such call. */
  of(identity: IdentityKey): BatchPermission {
    if (this.#deniedUntil.has(identity)) return 'denied';
    return this.#granted.get(identity) === true ? 'granted' : 'unknown';
  }

  /** Number of identities that are denied. */
  get size(): number {
    return this.#deniedUntil.size;
  }
}
