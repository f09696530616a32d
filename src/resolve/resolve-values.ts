/** The entries of one ExternalSecret -> its keys and values, all or nothing: a half-fetched set is never written (DESIGN section 1). */
import { at, fail, type Failure, type Outcome } from '../api/failure.ts';
import type { SecretVersion } from '../aws/port.ts';
import { ms, type Ms } from '../base/clock.ts';
import { ok } from '../base/result.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { DatedVersion, ReconcileRequest, ReferenceKey, RemoteReference, SecretSource } from '../source/port.ts';
import type { SlicedWork } from '../base/time-slices.ts';
import { combineValues } from './combine-values.ts';
import { mixedGenerations } from './mixed-generations.ts';
import { otherEntries } from './other-entries.ts';
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
  readonly outcome: Outcome<ResolvedValues>;
  /** What was read, also when the whole failed: the dependant has seen these. */
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
  readonly round?: ReconcileRequest;
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
  const { failure, exceeded } = read;
  if (failure !== undefined) return { outcome: { ok: false, failure }, seen, readFailed: !exceeded, exceeded };
  if (mixedGenerations(read.found.values())) {
    return {
      outcome: fail('AWSUnavailable', 'entries of one secret were answered from different versions'),
      seen,
      readFailed: false,
      exceeded,
    };
  }
  const values = await combineValues(entries, valueIn(read.found, options), options.work);
  return { outcome: values.ok ? ok({ values: values.value, sources: seen }) : values, seen, readFailed: false, exceeded };
}

/** What was read before is of no use, and the answers are waited for. */
function atOnce({ round, ...options }: ResolveOptions): ResolveOptions {
  const again = round === undefined ? {} : { round: { dependant: round.dependant, request: `${round.request} again` } };
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
  readonly failure?: Failure;
  readonly exceeded: boolean;
}

async function readAll(entries: readonly Entry[], options: ResolveOptions): Promise<ReadAll | 'pending'> {
  const { maxAge, signal, round, held } = options;
  const answers = await options.source.read(
    entries.map(({ reference }) => reference),
    { maxAge, signal, held, ...(round === undefined ? {} : { round }) },
  );
  const found = new Map<ReferenceKey, SecretVersion>();
  const failures: Failure[] = [];
  for (const entry of entries) {
    const key = options.keyOfReference(entry.reference);
    const answer = answers.get(key);
    if (answer === undefined && round?.answerTimeout !== undefined) return 'pending';
    if (answer === undefined) throw new TypeError('the source gave no result for a reference');
    if (answer.ok) found.set(key, answer.value);
    else failures.push(answer.failure.reason === 'SecretTooLarge' ? answer.failure : at(entry.place, answer.failure));
  }
  // Which entry was answered too late to fit is chance; that they do not fit together is not.
  const tooLarge = failures.find(({ reason }) => reason === 'SecretTooLarge');
  return tooLarge === undefined ? { found, ...summary(failures), exceeded: false } : { found, failure: tooLarge, exceeded: true };
}

/** The first failure speaks for all; how many more there are is added. */
function summary(failures: readonly Failure[]): { failure?: Failure } {
  const [first] = failures;
  if (first === undefined) return {};
  const others = failures.length - 1;
  return { failure: { ...first, message: `${first.message}${otherEntries(others)}` } };
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
