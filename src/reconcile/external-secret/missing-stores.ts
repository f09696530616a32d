/**
 * A store that is applied together with its ExternalSecrets comes by another watch than they, and may come after them: for a moment it's waited
 * for, and nobody is warned. What has waited is lost with a restart, which costs that moment once more.
 */
import type { ConditionWords } from '../../api/condition-words.ts';
import { findCondition } from '../../api/conditions.ts';
import type { ExternalSecretObject } from '../../api/external-secret.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { Key } from '../../base/key.ts';

const GRACE = ms(1_000);

export class MissingStores {
  readonly #clock: Clock;
  readonly #words: Pick<ConditionWords, 'means'>;
  readonly #missingSince = new Map<Key, Ms>();

  /** `words`: of the dialect, in which a missing store is told. */
  constructor(clock: Clock, words: Pick<ConditionWords, 'means'>) {
    this.#clock = clock;
    this.#words = words;
  }

  /** How long the store may still take to come, or undefined when its absence has to be told, or has been told before. */
  waitFor(key: Key, { status }: ExternalSecretObject): Ms | undefined {
    if (this.#words.means(findCondition(status?.conditions, 'Ready'), 'StoreNotFound')) return undefined;
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
