/**
 * Delays the report of a missing store. A store that is applied together with its ExternalSecrets may arrive after them, because it has
 * another watch. The state is in memory: after a restart, the delay starts again.
 */
import type { ConditionWords } from '../../../api/condition-words.ts';
import { findCondition } from '../../../api/schema/conditions.ts';
import type { ExternalSecretObject } from '../../../api/schema/external-secret.ts';
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';
import type { Key } from '../../../base/key.ts';

const GRACE = ms(1_000);

export class MissingStores {
  readonly #clock: Clock;
  readonly #words: Pick<ConditionWords, 'means'>;
  readonly #missingSince = new Map<Key, Ms>();

  /** `words`: the condition words of the dialect. */
  constructor(clock: Clock, words: Pick<ConditionWords, 'means'>) {
    this.#clock = clock;
    this.#words = words;
  }

  /** Time to wait for the store. Undefined: report that it is missing, or this is reported already. */
  waitFor(key: Key, { status }: ExternalSecretObject): Ms | undefined {
    if (this.#words.means(findCondition(status?.conditions, 'Ready'), 'StoreNotFound')) return undefined;
    const now = this.#clock.monotonic();
    const since = this.#missingSince.get(key) ?? now;
    this.#missingSince.set(key, since);
    const left = since + GRACE - now;
    return left > 0 ? ms(left) : undefined;
  }

  /** The store exists, another failure came first, or the resource was deleted. */
  forget(key: Key): void {
    this.#missingSince.delete(key);
  }
}
