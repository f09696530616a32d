/** The entries of one resource -> the outcome of each entry, and the keys and values of the Secret. */
import type { StoreRef } from '../../api/schema/external-secret.ts';
import { fail, through, type Failure, type Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { ms, type Ms } from '../../base/time/clock.ts';
import { failed, ok } from '../../base/result.ts';
import type { SecretValue } from '../../base/secret-value.ts';
import type { DatedVersion, ReconcileRequest, ReferenceKey, RemoteReference, SecretSource } from '../../source/port.ts';
import type { SlicedWork } from '../../base/time/time-slices.ts';
import { combineValues } from './combine-values.ts';
import { type EntryOutcome, wholeSecret } from './entry-outcomes.ts';
import { mixedGenerations } from './mixed-generations.ts';
import type { Entry } from './plan-references.ts';

/** A version of a reference from which values were made. */
export interface SourceVersion {
  readonly reference: RemoteReference;
  /** The key as the resource names it. */
  readonly key: string;
  /** The store, if it is not the default one of the resource. */
  readonly storeRef?: StoreRef;
  readonly versionId: string;
  readonly createdDate?: string;
}

export interface ResolvedValues {
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly sources: readonly SourceVersion[];
}

export interface Resolution {
  /** The outcome of each entry, in their order. */
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
  // Two references to one secret may have been read before and after a change: once more, both fresh, settles it.
  const read = mixedIn(first).size > 0 ? await readAll(entries, atOnce(options)) : first;
  if (read === 'pending') return read;
  const exceeded = tooLargeIn(read);
  const outcomes =
    exceeded === undefined
      ? await combineValues(entries, valueIn(read, mixedIn(read)), options.work)
      : entries.map((entry) => notEvaluated(entry, read.get(entry), exceeded));
  const seen = seenVersions(read, options.keyOfReference);
  const values = wholeSecret(outcomes);
  return {
    entries: outcomes,
    outcome: values.ok ? ok({ values: values.value, sources: seen }) : values,
    seen,
    readFailed: exceeded === undefined && [...read.values()].some((answer) => !answer.ok),
    exceeded: exceeded !== undefined,
  };
}

/** What reading gave for each entry. */
type Answers = ReadonlyMap<Entry, Outcome<SecretVersion>>;

function mixedIn(read: Answers): ReadonlySet<string> {
  return mixedGenerations([...read.values()].flatMap((answer) => (answer.ok ? [answer.value] : [])));
}

/** Why not all entries could be read together. The failure names no entry: which one was answered too late to fit is chance. */
function tooLargeIn(read: Answers): Failure | undefined {
  const tooLarge = [...read.values()].find(isTooLarge);
  return tooLarge?.ok === false ? tooLarge.failure : undefined;
}

function isTooLarge(answer: Outcome<SecretVersion> | undefined): boolean {
  return answer?.ok === false && answer.failure.reason === 'SecretTooLarge';
}

/** If the values are more than one reconcile may read, nothing is parsed. Entries that AWS has refused still fail with their own reason. */
function notEvaluated(entry: Entry, answer: Outcome<SecretVersion> | undefined, because: Failure): EntryOutcome {
  if (answer === undefined || answer.ok || isTooLarge(answer)) return { entry, kind: 'not-evaluated', because };
  return { entry, kind: 'failed', step: 'read', failure: answer.failure };
}

/** `mixed`: ARNs of secrets whose values do not belong together. */
function valueIn(read: Answers, mixed: ReadonlySet<string>): (entry: Entry) => Outcome<SecretValue> {
  return (entry) => {
    const answer = read.get(entry);
    if (answer === undefined) throw new TypeError('an entry without an answer');
    if (!answer.ok) return answer;
    if (mixed.has(answer.value.arn)) return fail('AWSUnavailable', 'entries of one secret were answered from different versions');
    return ok(answer.value.value);
  };
}

/** Earlier reads are not used; waits without limit. */
function atOnce({ reconcile, ...options }: ResolveOptions): ResolveOptions {
  const again = reconcile === undefined ? {} : { reconcile: { dependant: reconcile.dependant, request: `${reconcile.request} again` } };
  return { ...options, maxAge: ms(0), ...again };
}

async function readAll(entries: readonly Entry[], options: ResolveOptions): Promise<Answers | 'pending'> {
  const { maxAge, signal, reconcile, held, work } = options;
  // Dozens of reconciles with hundreds of references each can start at once, and get their results at once.
  await work.checkpoint();
  const answers = await options.source.read(
    entries.map(({ reference }) => reference),
    { maxAge, signal, held, ...(reconcile === undefined ? {} : { reconcile }) },
  );
  await work.checkpoint();
  const read = new Map<Entry, Outcome<SecretVersion>>();
  for (const entry of entries) {
    const answer = answers.get(options.keyOfReference(entry.reference));
    if (answer === undefined && reconcile?.answerTimeout !== undefined) return 'pending';
    if (answer === undefined) throw new TypeError('the source gave no result for a reference');
    read.set(entry, answer.ok ? answer : failed(through(entry.store.kind, answer.failure)));
  }
  return read;
}

/** One for each way in which entries name a version: records are found by what the entry names, and two entries may spell one reference differently. */
function seenVersions(read: Answers, keyOfReference: ResolveOptions['keyOfReference']): readonly SourceVersion[] {
  const seen = new Map<string, SourceVersion>();
  for (const [
    {
      reference,
      remoteRef: { key },
      storeRef,
    },
    answer,
  ] of read) {
    if (!answer.ok) continue;
    const { versionId, createdDate } = answer.value;
    const store = storeRef === undefined ? {} : { storeRef };
    const created = createdDate === undefined ? {} : { createdDate };
    const name = JSON.stringify([storeRef?.kind, storeRef?.name, key, keyOfReference(reference)]);
    if (!seen.has(name)) seen.set(name, { reference, key, ...store, versionId, ...created });
  }
  return [...seen.values()];
}
