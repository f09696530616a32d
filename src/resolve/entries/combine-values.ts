/** The entries of one resource and what reading them gave -> the outcome of each entry. */
import { fail, type Outcome } from '../../failure/failure.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import type { EntryOutcome, KeyedValues } from './entry-outcomes.ts';
import { ReconcileCost } from '../path/cost.ts';
import type { Entry } from './plan-references.ts';
import { RemoteValue } from './remote-value.ts';
import { valuesOfEntry, type EntryBounds } from './values-of-entry.ts';

/** Most bytes of all keys and values of the entries: twice the limit of a Secret, because later entries can replace earlier ones. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * The outcome of each entry. An entry that has failed does not stop the others: a person is told of all of them, and mends them at once. What all together may cost
 * is the same whether entries fail or not; once it is used up, the rest is not evaluated. Between two entries the event loop may be given back. `work` throws once
 * the reconcile is aborted.
 */
export async function combineValues(
  entries: readonly Entry[],
  readOf: (entry: Entry) => Outcome<SecretValue>,
  work: SlicedWork,
): Promise<readonly EntryOutcome[]> {
  const together = new ValuesTogether(entries, work);
  const outcomes: EntryOutcome[] = [];
  for (const entry of entries) {
    const read = readOf(entry);
    if (!read.ok) outcomes.push({ entry, kind: 'failed', step: 'read', failure: read.failure });
    else if (together.isUsedUp) outcomes.push({ entry, kind: 'not-evaluated' });
    else {
      await work.checkpoint();
      outcomes.push(evaluated(entry, await together.add(entry, read.value)));
    }
  }
  return outcomes;
}

function evaluated(entry: Entry, outcome: Outcome<KeyedValues>): EntryOutcome {
  if (outcome.ok) return { entry, kind: 'ok', values: outcome.value };
  return { entry, kind: 'failed', step: 'value', failure: outcome.failure };
}

/** Holds the entries to the bounds that they have together. */
class ValuesTogether {
  /** Bytes of each key with its value. */
  readonly #sizes = new Map<string, number>();
  readonly #bounds: EntryBounds;
  readonly #remote = new Map<SecretValue, RemoteValue>();
  readonly #repeated: ReadonlySet<Entry>;
  #bytes = 0;
  #isUsedUp = false;

  constructor(entries: readonly Entry[], work: SlicedWork) {
    this.#repeated = repeatedKeys(entries);
    this.#bounds = { cost: new ReconcileCost(), work };
  }

  /** Whether an entry has failed because of a bound of all entries together: every further one would. */
  get isUsedUp(): boolean {
    return this.#isUsedUp;
  }

  async add(entry: Entry, value: SecretValue): Promise<Outcome<KeyedValues>> {
    const outcome = await this.#add(entry, value);
    this.#isUsedUp = !outcome.ok && (this.#bounds.cost.isUsedUp || this.#bytes > MAX_BYTES);
    return outcome;
  }

  async #add(entry: Entry, value: SecretValue): Promise<Outcome<KeyedValues>> {
    const values = await valuesOfEntry(entry, this.#parsedOnce(value), this.#bounds);
    if (!values.ok) return values;
    if (this.#repeated.has(entry)) return fail('DuplicateSecretKey', 'an earlier entry of data has this key');
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

/** The entries whose key an earlier entry of data has, whatever comes of that one. */
function repeatedKeys(entries: readonly Entry[]): ReadonlySet<Entry> {
  const taken = new Set<string>();
  const repeated = new Set<Entry>();
  for (const entry of entries) {
    if (entry.secretKey === undefined) continue;
    if (taken.has(entry.secretKey)) repeated.add(entry);
    taken.add(entry.secretKey);
  }
  return repeated;
}
