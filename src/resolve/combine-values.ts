/** The entries of one ExternalSecret and the values they refer to -> keys and values. A later entry wins. */
import { failure, type Failure, type Outcome } from '../api/failure.ts';
import { failed, ok } from '../base/result.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { SlicedWork } from '../base/time-slices.ts';
import { RoundCost } from './path/cost.ts';
import type { Entry } from './plan-references.ts';
import { RemoteValue } from './remote-value.ts';
import { valuesOfEntry, type EntryBounds, type KeyedValues } from './values-of-entry.ts';

/** What all keys and values may have together on the way, in bytes: twice what a Secret holds, since later entries may replace earlier ones. */
const MAX_BYTES = 2 * 1024 * 1024;

/** Between two entries the event loop may be given back. `work` throws once the round is aborted. */
export async function combineValues(
  entries: readonly Entry[],
  valueOf: (entry: Entry) => SecretValue,
  work: SlicedWork,
): Promise<Outcome<KeyedValues>> {
  const round = new Round(work);
  for (const entry of entries) {
    await work.checkpoint();
    const problem = await round.add(entry, valueOf(entry));
    if (problem !== undefined) return failed(problem);
  }
  return ok(round.values);
}

class Round {
  readonly values = new Map<string, SecretValue>();
  readonly #bounds: EntryBounds;
  readonly #remote = new Map<SecretValue, RemoteValue>();
  readonly #single = new Set<string>();
  #bytes = 0;

  constructor(work: SlicedWork) {
    this.#bounds = { cost: new RoundCost(), work };
  }

  async add(entry: Entry, value: SecretValue): Promise<Failure | undefined> {
    const values = await valuesOfEntry(entry, this.#parsedOnce(value), this.#bounds);
    if (!values.ok) return values.failure;
    if (entry.secretKey !== undefined) {
      if (this.#single.has(entry.secretKey)) return failure('DuplicateSecretKey', `${entry.place}: an earlier entry of data has this key`);
      this.#single.add(entry.secretKey);
    }
    for (const [key, each] of values.value) {
      const before = this.values.get(key);
      this.#bytes += before === undefined ? key.length + each.size : each.size - before.size;
      this.values.set(key, each);
    }
    if (this.#bytes > MAX_BYTES)
      return failure('SecretTooLarge', `${entry.place}: the keys and values up to this entry are more than 2 MiB together`);
    return undefined;
  }

  #parsedOnce(value: SecretValue): RemoteValue {
    const known = this.#remote.get(value);
    if (known !== undefined) return known;
    const remote = new RemoteValue(value);
    this.#remote.set(value, remote);
    return remote;
  }
}
