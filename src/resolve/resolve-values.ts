/** The entries of one ExternalSecret -> the outcome of each entry, and the keys and values of the Secret. */
import { failure, through, type Outcome } from '../api/failure.ts';
import type { SecretVersion } from '../aws/port.ts';
import { ms, type Ms } from '../base/clock.ts';
import { failed, ok } from '../base/result.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { DatedVersion, ReconcileRequest, ReferenceKey, RemoteReference, SecretSource } from '../source/port.ts';
import type { SlicedWork } from '../base/time-slices.ts';
import { combineValues } from './combine-values.ts';
import { type EntryOutcome, firstFailure, wholeSecret } from './entry-outcomes.ts';
import { mixedGenerations } from './mixed-generations.ts';
import type { Entry } from './plan-references.ts';

/** Which version of which reference a set of values was made of. */
export interface SourceVersion {
  readonly reference: RemoteReference;
  /** The key as the ExternalSecret names it. */
  readonly key: string;
  readonly versionId: string;
  readonly createdDate?: string;
}

export interface ResolvedValues {
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly sources: readonly SourceVersion[];
}

export interface Resolution {
  /** The outcome of each entry, in their order. Entries after the first failure may be missing. */
  readonly entries: readonly EntryOutcome[];
  /** Of all together, by the rule of the Secret. */
  readonly outcome: Outcome<ResolvedValues>;
  /** The versions that were read, also after a failure: the dependant has seen them. */
  readonly seen: readonly SourceVersion[];
  /** AWS gave no value for an entry; the engine tries again by itself. */
  readonly readFailed: boolean;
  /** What was seen is more than one round may read: the rest was not asked for. */
  readonly exceeded: boolean;
}

export interface ResolveOptions {
  readonly source: SecretSource;
  readonly keyOfReference: (reference: RemoteReference) => ReferenceKey;
  readonly maxAge: Ms;
  readonly signal: AbortSignal;
  /** Gives the event loop back while values are parsed and looked into. */
  readonly work: SlicedWork;
  /** As in ReadOptions. */
  readonly reconcile?: ReconcileRequest;
  /** As in ReadOptions. */
  readonly held?: ReadonlyMap<ReferenceKey, DatedVersion>;
}

/** 'pending': reading takes longer than the patience; it goes on. */
export async function resolveValues(entries: readonly Entry[], options: ResolveOptions): Promise<Resolution | 'pending'> {
  const first = await readAll(entries, options);
  if (first === 'pending') return first;
  // Two references to one secret may have been read before and after a change: once more, both fresh, settles it.
  const mixed = mixedGenerations(first.found.values());
  const read = mixed ? await readAll(entries, atOnce(options)) : first;
  if (read === 'pending') return read;
  const seen = seenVersions(entries, read.found, options.keyOfReference);
  const { failures } = read;
  const exceeded = failures.some(isTooLarge);
  if (failures.length > 0) return { entries: failures, outcome: failureOf(failures), seen, readFailed: !exceeded, exceeded };
  const unread = { seen, readFailed: false, exceeded: false };
  if (mixedGenerations(read.found.values())) {
    const mixed = failed(failure('AWSUnavailable', 'entries of one secret were answered from different versions'));
    return { ...unread, entries: [], outcome: mixed };
  }
  const outcomes = await combineValues(entries, valueIn(read.found, options), options.work);
  const values = wholeSecret(outcomes);
  return { ...unread, entries: outcomes, outcome: values.ok ? ok({ values: values.value, sources: seen }) : values };
}

/** Which entry was answered too late to fit is chance; that they do not fit together is not. */
function failureOf(failures: readonly EntryOutcome[]): Outcome<never> {
  const tooLarge = failures.find(isTooLarge);
  if (tooLarge !== undefined && !tooLarge.outcome.ok) return tooLarge.outcome;
  const first = firstFailure(failures);
  if (first === undefined) throw new TypeError('no entry has failed');
  return failed(first);
}

/** All entries together are; the failure names none. */
function isTooLarge({ outcome }: EntryOutcome): boolean {
  return !outcome.ok && outcome.failure.reason === 'SecretTooLarge';
}

/** What was read before is of no use, and the answers are waited for. */
function atOnce({ reconcile, ...options }: ResolveOptions): ResolveOptions {
  const again = reconcile === undefined ? {} : { reconcile: { dependant: reconcile.dependant, request: `${reconcile.request} again` } };
  return { ...options, maxAge: ms(0), ...again };
}

function valueIn(found: ReadonlyMap<ReferenceKey, SecretVersion>, { keyOfReference }: ResolveOptions): (entry: Entry) => SecretValue {
  return ({ reference }) => {
    const version = found.get(keyOfReference(reference));
    if (version === undefined) throw new TypeError('an entry without a value');
    return version.value;
  };
}

interface ReadAll {
  readonly found: ReadonlyMap<ReferenceKey, SecretVersion>;
  /** Entries without a value. */
  readonly failures: readonly EntryOutcome[];
}

async function readAll(entries: readonly Entry[], options: ResolveOptions): Promise<ReadAll | 'pending'> {
  const { maxAge, signal, reconcile, held, work } = options;
  // Dozens of reconciles with hundreds of references each may start at once, and get their answers at once.
  await work.checkpoint();
  const answers = await options.source.read(
    entries.map(({ reference }) => reference),
    { maxAge, signal, held, ...(reconcile === undefined ? {} : { reconcile }) },
  );
  await work.checkpoint();
  const found = new Map<ReferenceKey, SecretVersion>();
  const failures: EntryOutcome[] = [];
  for (const entry of entries) {
    const key = options.keyOfReference(entry.reference);
    const answer = answers.get(key);
    if (answer === undefined && reconcile?.answerTimeout !== undefined) return 'pending';
    if (answer === undefined) throw new TypeError('the source gave no result for a reference');
    if (answer.ok) found.set(key, answer.value);
    else failures.push({ entry, outcome: failed(through(entry.store.kind, answer.failure)) });
  }
  return { found, failures };
}

function seenVersions(
  entries: readonly Entry[],
  found: ReadonlyMap<ReferenceKey, SecretVersion>,
  keyOfReference: ResolveOptions['keyOfReference'],
): readonly SourceVersion[] {
  const seen = new Map<ReferenceKey, SourceVersion>();
  for (const { reference, remoteRef } of entries) {
    const key = keyOfReference(reference);
    const version = found.get(key);
    if (version === undefined || seen.has(key)) continue;
    const created = version.createdDate === undefined ? {} : { createdDate: version.createdDate };
    seen.set(key, { reference, key: remoteRef.key, versionId: version.versionId, ...created });
  }
  return [...seen.values()];
}
