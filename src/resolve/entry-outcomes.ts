/**
 * The outcome of each entry of an ExternalSecret, and the rule that combines them: all or nothing, because an incomplete set of values is never written
 * (DESIGN section 1). Pure.
 */
import { at, withOthers, type Failure, type Outcome } from '../api/failure.ts';
import { failed, ok } from '../base/result.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { Entry } from './plan-references.ts';

/** Keys of the Secret and their values. */
export type KeyedValues = ReadonlyMap<string, SecretValue>;

export interface EntryOutcome {
  readonly entry: Entry;
  readonly outcome: Outcome<KeyedValues>;
}

/** The values of all entries; a later entry takes precedence. Or the first failure, with the number of further failures. */
export function wholeSecret(outcomes: readonly EntryOutcome[]): Outcome<KeyedValues> {
  const first = firstFailure(outcomes);
  if (first !== undefined) return failed(first);
  const values = new Map<string, SecretValue>();
  for (const { outcome } of outcomes) {
    if (outcome.ok) for (const [key, value] of outcome.value) values.set(key, value);
  }
  return ok(values);
}

/** Of those that failed: led by the place of its entry. Undefined when none has failed. */
export function firstFailure(outcomes: readonly EntryOutcome[]): Failure | undefined {
  const failures = outcomes.flatMap(({ entry, outcome }) => (outcome.ok ? [] : [at(entry.place, outcome.failure)]));
  const [first] = failures;
  return first === undefined ? undefined : withOthers(failures.length - 1, first);
}
