/** Reads the entries of one ExternalSecret: the result of each entry, and the keys and values of the Secret. */
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

/** A version of a reference from which values were made. */
export interface SourceVersion {
  readonly reference: RemoteReference;
  /** The key in the ExternalSecret. */
  readonly key: string;
  readonly versionId: string;
  readonly createdDate?: string;
}

export interface ResolvedValues {
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly sources: readonly SourceVersion[];
}

export interface Resolution {
  /** The result of each entry, in order. Entries after the first failure may be missing. */
  readonly entries: readonly EntryOutcome[];
  /** The result of all entries together. */
  readonly outcome: Outcome<ResolvedValues>;
  /** The versions that were read, also after a failure. */
  readonly seen: readonly SourceVersion[];
  /** AWS returned no value for an entry. The engine retries by itself. */
  readonly readFailed: boolean;
  /** The read exceeded the byte limit; later references were not read. */
  readonly exceeded: boolean;
}

export interface ResolveOptions {
  readonly source: SecretSource;
  readonly keyOfReference: (reference: RemoteReference) => ReferenceKey;
  readonly maxAge: Ms;
  readonly signal: AbortSignal;
  /** Yields to the event loop while values are parsed and searched. */
  readonly work: SlicedWork;
  /** See ReadOptions. */
  readonly reconcile?: ReconcileRequest;
  /** See ReadOptions. */
  readonly held?: ReadonlyMap<ReferenceKey, DatedVersion>;
}

/** 'pending': no result within the answer timeout; the read continues. */
export async function resolveValues(entries: readonly Entry[], options: ResolveOptions): Promise<Resolution | 'pending'> {
  const first = await readAll(entries, options);
  if (first === 'pending') return first;
  // References to one secret may show two versions. Read both again.
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

/** The failing entry can vary, so the failure names no entry. */
function failureOf(failures: readonly EntryOutcome[]): Outcome<never> {
  const tooLarge = failures.find(isTooLarge);
  if (tooLarge !== undefined && !tooLarge.outcome.ok) return tooLarge.outcome;
  const first = firstFailure(failures);
  if (first === undefined) throw new TypeError('no entry has failed');
  return failed(first);
}

/** All entries together are too large; the failure names none. */
function isTooLarge({ outcome }: EntryOutcome): boolean {
  return !outcome.ok && outcome.failure.reason === 'SecretTooLarge';
}

/** Earlier reads are not used; waits without limit. */
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
  // Dozens of reconciles with hundreds of references each can start at once, and get their results at once.
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
