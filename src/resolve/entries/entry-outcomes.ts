/**
 * What came of each entry of a resource, one outcome for each in the order of the specification, and the one rule that combines them: all or nothing, because an
 * incomplete set of values is never written (DESIGN section 1). Pure.
 */
import { at, withOthers, type Failure, type Outcome } from '../../failure/failure.ts';
import { failed, ok } from '../../base/result.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import { fieldOf, type NamedReference } from './plan-references.ts';

/** Keys of the Secret and their values. */
export type KeyedValues = ReadonlyMap<string, SecretValue>;

/** The steps of an entry, in their order. */
const steps = ['store', 'reference', 'allowed-keys', 'read', 'value'] as const;

/** Where an entry has failed: at its store, at what its reference means, at the limits of its store, at AWS, or at the value that AWS gave. */
export type EntryStep = (typeof steps)[number];

export type EntryOutcome =
  | { readonly entry: NamedReference; readonly kind: 'ok'; readonly values: KeyedValues }
  | { readonly entry: NamedReference; readonly kind: 'failed'; readonly step: EntryStep; readonly failure: Failure }
  /**
   * The Secret is not written anyway, and this entry was not looked at any further. `because`: of all entries together, where that they are too much together
   * is why; at which entry it showed is chance.
   */
  | { readonly entry: NamedReference; readonly kind: 'not-evaluated'; readonly because?: Failure };

type Failed = Extract<EntryOutcome, { kind: 'failed' }>;

/** The values of all entries; a later entry takes precedence. Or why the Secret is not written. */
export function wholeSecret(outcomes: readonly EntryOutcome[]): Outcome<KeyedValues> {
  const failure = leadingFailure(outcomes);
  if (failure !== undefined) return failed(failure);
  const values = new Map<string, SecretValue>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'ok') throw new TypeError('an entry was not evaluated, and nothing has failed');
    for (const [key, value] of outcome.values) values.set(key, value);
  }
  return ok(values);
}

/**
 * Why the Secret is not written. Undefined: no entry has failed. Of several failures the one of the earliest step is told, then the one of the first entry, with the
 * number of the others.
 */
export function leadingFailure(outcomes: readonly EntryOutcome[]): Failure | undefined {
  const together = outcomes.map((outcome) => (outcome.kind === 'not-evaluated' ? outcome.because : undefined));
  return together.find((failure) => failure !== undefined) ?? leading(outcomes.filter((outcome) => outcome.kind === 'failed'));
}

function leading(all: readonly Failed[]): Failure | undefined {
  const first = steps.map((step) => all.find((outcome) => outcome.step === step)).find((found) => found !== undefined);
  return first === undefined ? undefined : told(first, all.length - 1);
}

function told({ entry, step, failure }: Failed, others: number): Failure {
  // It names the store, which entries share.
  if (step === 'store') return failure;
  // The text of a failure before the read names the key itself.
  return withOthers(others, at(step === 'read' || step === 'value' ? entry.place : fieldOf(entry), failure));
}
