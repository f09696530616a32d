/**
 * A store that is applied together with its ExternalSecrets comes by another watch than they, and may come after them: for a moment it's waited
 * for, and nobody is warned. What has waited is lost with a restart, which costs that moment once more.
 */
import { findCondition } from '../../api/conditions.ts';
import type { ExternalSecretObject } from '../../api/external-secret.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { Key } from '../../base/key.ts';

const GRACE = ms(1_000);

export class MissingStores {
  readonly #clock: Clock;
  readonly #missingSince = new Map<Key, Ms>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long the store may still take to come, or undefined when its absence has to be told, or has been told before. */
  waitFor(key: Key, { status }: ExternalSecretObject): Ms | undefined {
    if (findCondition(status?.conditions, 'Ready')?.reason === 'StoreNotFound') return undefined;
    const now = this.#clock.monotonic();
    const since = this.#missingSince.get(key) ?? now;
    this.#missingSince.set(key, since);
    const left = since + GRACE - now;
    return left > 0 ? ms(left) : undefined;
  }

  /** The store is there, or something else is in the way, or nobody asks for it any more. */
  forget(key: Key): void {
    this.#missingSince.delete(key);
  }
}
