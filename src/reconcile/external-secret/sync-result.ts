/** The result of one reconcile, and the results of reconciles that end early. Pure. */
import { findCondition } from '../../api/schema/conditions.ts';
import { failure, type Failure } from '../../failure/failure.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import type { StateReason } from '../../failure/reasons.ts';
import { storeName } from '../../api/schema/store-refs.ts';
import type { Applied } from '../../apply/apply-secret.ts';
import type { RecordedSource } from '../../apply/port.ts';
import { ms, type Ms } from '../../base/time/clock.ts';
import { priority } from '../../base/priority.ts';
import type { WorkResult } from '../../queue/port.ts';
import type { SourceVersion } from '../../resolve/entries/resolve-values.ts';
import type { Findings } from '../../status/external-secret-status.ts';
import { done, workAfter } from '../shared/work.ts';
import type { ForceDelay } from './limits/force-syncs.ts';
import type { Subject } from './subject.ts';

export interface SyncResult {
  readonly findings: Findings;
  readonly failure?: Failure;
  readonly applied?: Applied;
  /** Name of the target, if known. */
  readonly secretName?: string;
  /**
   * The reconcile continues after an answer of AWS, the creation of the store, or the end of other writes. Until then no result is
   * reported.
   */
  readonly pending?: boolean;
  /** The next reconcile uses the answers of a read in flight, or answers that this reconcile did not use. */
  readonly reading?: boolean;
  /** The next step, if the kind of the failure does not decide it. */
  readonly next?: WorkResult;
}

/** The reconcile ended at the specification or the store. */
export function notStarted(resource: ExternalSecretObject, why: Failure): SyncResult {
  return { findings: { generation: resource.metadata.generation ?? 0, ready: { kind: 'failed', failure: why } }, failure: why };
}

export function suspended(resource: ExternalSecretObject): SyncResult {
  const written = resource.status?.content !== undefined;
  const message = written ? 'suspended; the Secret stays as it was last written' : 'suspended; no Secret was written yet';
  const ready = { kind: 'settled', reason: 'Suspended', ready: written, message } as const;
  return { findings: { generation: resource.metadata.generation ?? 0, ready, pending: 'none' } };
}

/** AWS has not answered within the answer timeout. */
export function waitingForAws(subject: Subject): SyncResult {
  const why = failure('AWSUnavailable', 'AWS has not answered yet');
  return {
    findings: { generation: subject.generation, ready: { kind: 'failed', failure: why } },
    pending: true,
    reading: true,
    next: done,
  };
}

/**
 * The read waits for the limits of its namespace, and the status reports this. The engine enqueues the resource when the read has ended.
 */
export function readsDelayed({ generation }: Subject): SyncResult {
  const message =
    'the secrets are not read yet: the ExternalSecrets of the namespace have asked for more at a time than one namespace may have';
  return { findings: { generation, pending: { reason: 'ReadsDelayed', message } }, reading: true, next: done };
}

/**
 * Other ExternalSecrets write to the same Secret. The writer queue enqueues the resource when it has capacity, and the next reconcile uses
 * the present answers.
 */
export function waitingForWriters(subject: Subject): SyncResult {
  const why = failure('Conflict', `other ExternalSecrets write to Secret ${JSON.stringify(subject.secretName)}`);
  return {
    findings: { generation: subject.generation, ready: { kind: 'failed', failure: why } },
    pending: true,
    reading: true,
    next: done,
  };
}

/** A read, or a later step, has failed. The engine retries a failed read itself. */
export function failedSync(subject: Subject, why: Failure, readFailed = false): SyncResult {
  return {
    findings: { generation: subject.generation, ready: { kind: 'failed', failure: why }, ...forced(subject) },
    failure: why,
    secretName: subject.secretName,
    ...(readFailed ? { next: done } : {}),
  };
}

export function repairDelayed(subject: Subject, wait: Ms): SyncResult {
  // If a webhook is known to change each write, that stays the reported reason during the delay of the next write.
  const before = findCondition(subject.resource.status?.conditions, 'Ready');
  const secret = `Secret ${JSON.stringify(subject.secretName)}`;
  const why = subject.dialect.words.means(before, 'MutatedByAdmission')
    ? failure('MutatedByAdmission', `${secret} was stored with other data than was sent`)
    : failure('DriftFight', `${secret} was changed or deleted by somebody else again and again`);
  return {
    findings: { generation: subject.generation, ready: { kind: 'failed', failure: why } },
    failure: why,
    secretName: subject.secretName,
    next: { kind: 'requeue', after: wait },
  };
}

/** No read and no write is needed: record and status are current. `waits`: the message about a change that the policy does not apply. */
export function unchanged(subject: Subject, waits?: string): SyncResult {
  const reason = subject.policy === 'None' ? 'Validated' : 'SecretSynced';
  const ready = { kind: 'settled', reason, ready: true, message: lastMessage(subject, reason) } as const;
  const secret = subject.held === undefined ? {} : { secret: { name: subject.secretName, record: subject.held.record } };
  const pending = waits === undefined ? 'none' : ({ reason: 'ChangePending', message: waits } as const);
  return { findings: { generation: subject.generation, ready, pending, ...secret, ...forced(subject) }, secretName: subject.secretName };
}

/** The message of the last sync. After a time in which the resource was held back, the condition has the message about that instead. */
function lastMessage({ dialect: { words }, resource, recorded }: Subject, reason: StateReason): string {
  const before = findCondition(resource.status?.conditions, 'Ready');
  return before !== undefined && words.means(before, reason) ? before.message : `as last written, from ${versions(recorded)}`;
}

/** The forced sync is made after `delay`, and the status reports the delay until then. */
export function forceDelayed(result: SyncResult, { after, why }: ForceDelay): SyncResult {
  const findings: Findings = { ...result.findings, pending: { reason: 'ForceSyncDelayed', message: why } };
  // A retry keeps the backoff of the queue, because the forced sync is still due at the retry.
  if (result.next === undefined && workAfter(result.failure).kind === 'retry') return { ...result, findings };
  const soonest = result.next?.kind === 'requeue' ? Math.min(result.next.after, after) : after;
  return { ...result, findings, next: { kind: 'requeue', after: ms(soonest), priority: priority.change } };
}

export function validated(subject: Subject, sources: readonly RecordedSource[], keys: number, confirmedAt: Ms | undefined): SyncResult {
  const message = `${countsOf(keys, sources)}; creationPolicy None writes nothing`;
  return {
    findings: {
      generation: subject.generation,
      ready: { kind: 'settled', reason: 'Validated', ready: true, message },
      sources,
      pending: 'none',
      ...confirmed(confirmedAt),
      ...forced(subject),
    },
  };
}

export function synced(subject: Subject, applied: Applied, keys: number, confirmedAt: Ms | undefined): SyncResult {
  return {
    findings: {
      generation: subject.generation,
      ready: { kind: 'settled', reason: 'SecretSynced', ready: true, message: countsOf(keys, applied.record.sources) },
      secret: { name: subject.secretName, record: applied.record },
      pending: 'none',
      ...confirmed(confirmedAt),
      ...forced(subject),
    },
    applied,
    secretName: subject.secretName,
  };
}

function confirmed(at: Ms | undefined): { confirmedAt?: string } {
  return at === undefined ? {} : { confirmedAt: new Date(at).toISOString() };
}

/** A value of force-sync counts as used after a read, with success or failure. */
function forced({ forceSync }: Subject): { forceSync?: string } {
  return forceSync === undefined ? {} : { forceSync };
}

function countsOf(keys: number, sources: readonly RecordedSource[]): string {
  return `${keys} ${keys === 1 ? 'key' : 'keys'} from ${versions(sources)}`;
}

function versions({ length }: readonly RecordedSource[]): string {
  return `${length} ${length === 1 ? 'secret version' : 'secret versions'}`;
}

/** The versions that were read, in the form of the record. */
export function recordedSources(sources: readonly SourceVersion[]): readonly RecordedSource[] {
  return sources.map(({ key, storeRef, reference, versionId, createdDate }) => ({
    key,
    ...(storeRef === undefined ? {} : { store: storeName(storeRef) }),
    ...(reference.version.kind === 'stage' ? { stage: reference.version.stage } : {}),
    ...(reference.version.kind === 'tags' ? { tags: true as const } : {}),
    versionId,
    ...(createdDate === undefined ? {} : { createdDate }),
  }));
}
