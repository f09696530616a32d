/** The entries of one ExternalSecret and the values they refer to -> keys and values of each entry. */
import { fail, type Outcome } from '../api/failure.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { SlicedWork } from '../base/time-slices.ts';
import type { EntryOutcome, KeyedValues } from './entry-outcomes.ts';
import { RoundCost } from './path/cost.ts';
import type { Entry } from './plan-references.ts';
import { RemoteValue } from './remote-value.ts';
import { valuesOfEntry, type EntryBounds } from './values-of-entry.ts';

/** Most bytes of all keys and values of the entries: twice the limit of a Secret, because later entries can replace earlier ones. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * The outcome of each entry. The evaluation stops at the first failed entry, because the Secret is not written then. Between two entries the event loop
 * may be given back. `work` throws once the round is aborted.
 */
export async function combineValues(
  entries: readonly Entry[],
  valueOf: (entry: Entry) => SecretValue,
  work: SlicedWork,
): Promise<readonly EntryOutcome[]> {
  const together = new ValuesTogether(work);
  const outcomes: EntryOutcome[] = [];
  for (const entry of entries) {
    await work.checkpoint();
    const outcome = await together.add(entry, valueOf(entry));
    outcomes.push({ entry, outcome });
    if (!outcome.ok) break;
  }
  return outcomes;
}

/** Holds the entries to the bounds that they have together. */
class ValuesTogether {
  /** Bytes of each key with its value. */
  readonly #sizes = new Map<string, number>();
  readonly #bounds: EntryBounds;
  readonly #remote = new Map<SecretValue, RemoteValue>();
  readonly #single = new Set<string>();
  #bytes = 0;

  constructor(work: SlicedWork) {
    this.#bounds = { cost: new RoundCost(), work };
  }

  async add(entry: Entry, value: SecretValue): Promise<Outcome<KeyedValues>> {
    const values = await valuesOfEntry(entry, this.#parsedOnce(value), this.#bounds);
    if (!values.ok) return values;
    if (entry.secretKey !== undefined) {
      if (this.#single.has(entry.secretKey)) return fail('DuplicateSecretKey', 'an earlier entry of data has this key');
      this.#single.add(entry.secretKey);
    }
    for (const [key, each] of values.value) {
      const size = key.length + each.size;
      this.#bytes += size - (this.#sizes.get(key) ?? 0);
      this.#sizes.set(key, size);
    }
    if (this.#bytes > MAX_BYTES) return fail('SecretTooLarge', 'the keys and values up to this entry are more than 2 MiB together');
    return values;
  }

  #parsedOnce(value: SecretValue): RemoteValue {
    const known = this.#remote.get(value);
    if (known !== undefined) return known;
    const remote = new RemoteValue(value);
    this.#remote.set(value, remote);
    return remote;
  }
}
