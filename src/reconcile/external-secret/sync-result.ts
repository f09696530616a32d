/** What one round found, and the ways in which it ends early. Pure. */
import { findCondition } from '../../api/conditions.ts';
import { failure, type Failure } from '../../api/failure.ts';
import type { ExternalSecretObject } from '../../api/external-secret.ts';
import type { Applied } from '../../apply/apply-secret.ts';
import type { RecordedSource } from '../../apply/port.ts';
import { ms, type Ms } from '../../base/clock.ts';
import { priority } from '../../base/priority.ts';
import type { WorkResult } from '../../queue/port.ts';
import type { SourceVersion } from '../../resolve/resolve-values.ts';
import type { Findings } from '../../status/external-secret-status.ts';
import { done, workAfter } from '../shared/work.ts';
import type { ForceDelay } from './force-syncs.ts';
import type { Subject } from './subject.ts';

export interface SyncResult {
  readonly findings: Findings;
  readonly failure?: Failure;
  readonly applied?: Applied;
  /** Name of the target, once it's known. */
  readonly secretName?: string;
  /** It goes on when AWS has answered or the store has come, and there is nothing to say until then. */
  readonly pending?: boolean;
  /** Its next round gets the answers of a read that has not ended, or that it had no use for yet. */
  readonly reading?: boolean;
  /** Set when something else than the kind of failure decides what comes next. */
  readonly next?: WorkResult;
}

/** It went no further than the specification or the store. */
export function halted(resource: ExternalSecretObject, why: Failure): SyncResult {
  return { findings: { generation: resource.metadata.generation ?? 0, ready: { kind: 'failed', failure: why } }, failure: why };
}

export function suspended(resource: ExternalSecretObject): SyncResult {
  const written = resource.status?.content !== undefined;
  const message = written ? 'suspended; the Secret stays as it was last written' : 'suspended; no Secret was written yet';
  const ready = { kind: 'settled', reason: 'Suspended', ready: written, message } as const;
  return { findings: { generation: resource.metadata.generation ?? 0, ready, pending: 'none' } };
}

/** AWS takes its time. */
export function waiting(subject: Subject): SyncResult {
  const why = failure('AWSUnavailable', 'AWS has not answered yet');
  return {
    findings: { generation: subject.generation, ready: { kind: 'failed', failure: why } },
    pending: true,
    reading: true,
    next: done,
  };
}

/** Its read has to wait longer than a moment, because of what else its namespace has asked for; the engine calls when it has ended. */
export function heldBack({ generation }: Subject): SyncResult {
  const message =
    'the secrets are not read yet: the ExternalSecrets of the namespace have asked for more at a time than one namespace may have';
  return { findings: { generation, pending: { reason: 'ReadsDelayed', message } }, reading: true, next: done };
}

/** Others write to the same Secret. The next round comes when there is a place for it, and takes what was read for this resource until then. */
export function behindOthers(subject: Subject): SyncResult {
  const why = failure('Conflict', `other ExternalSecrets write to Secret ${JSON.stringify(subject.secretName)}`);
  return {
    findings: { generation: subject.generation, ready: { kind: 'failed', failure: why } },
    pending: true,
    reading: true,
    next: done,
  };
}

/** AWS was asked, and something went wrong then or later. The engine itself comes back to a failed read. */
export function broken(subject: Subject, why: Failure, readFailed = false): SyncResult {
  return {
    findings: { generation: subject.generation, ready: { kind: 'failed', failure: why }, ...forced(subject) },
    failure: why,
    secretName: subject.secretName,
    ...(readFailed ? { next: done } : {}),
  };
}

export function fighting(subject: Subject, wait: Ms): SyncResult {
  // A webhook that is known to change each write is told as what it is, also while the next write waits.
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

/** Nothing to read and nothing to write: the record and the status already say so. `waits`: what is said of a change that is kept back. */
export function settled(subject: Subject, waits?: string): SyncResult {
  const before = findCondition(subject.resource.status?.conditions, 'Ready');
  const reason = subject.policy === 'None' ? 'Validated' : 'SecretSynced';
  const ready = { kind: 'settled', reason, ready: true, message: before?.message ?? '' } as const;
  const secret = subject.held === undefined ? {} : { secret: { name: subject.secretName, record: subject.held.record } };
  const pending = waits === undefined ? 'none' : ({ reason: 'ChangePending', message: waits } as const);
  return { findings: { generation: subject.generation, ready, pending, ...secret, ...forced(subject) }, secretName: subject.secretName };
}

/** The forced sync that was asked for waits: it is made after `delay`, and the status says so until then. */
export function delayed(round: SyncResult, { after, why }: ForceDelay): SyncResult {
  const findings: Findings = { ...round.findings, pending: { reason: 'ForceSyncDelayed', message: why } };
  // What the queue tries again soon, and longer and longer apart, stays with the queue: the forced sync is still due then.
  if (round.next === undefined && workAfter(round.failure).kind === 'retry') return { ...round, findings };
  const soonest = round.next?.kind === 'requeue' ? Math.min(round.next.after, after) : after;
  return { ...round, findings, next: { kind: 'requeue', after: ms(soonest), priority: priority.change } };
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

/** The value of force-sync counts as acted on once AWS was asked, whatever it said. */
function forced({ forceSync }: Subject): { forceSync?: string } {
  return forceSync === undefined ? {} : { forceSync };
}

function countsOf(keys: number, sources: readonly RecordedSource[]): string {
  return `${keys} ${keys === 1 ? 'key' : 'keys'} from ${sources.length} ${sources.length === 1 ? 'secret version' : 'secret versions'}`;
}

/** What was read, as the record keeps it. */
export function recordedSources(sources: readonly SourceVersion[]): readonly RecordedSource[] {
  return sources.map(({ key, reference, versionId, createdDate }) => ({
    key,
    ...(reference.version.kind === 'stage' ? { stage: reference.version.stage } : {}),
    ...(reference.version.kind === 'tags' ? { tags: true as const } : {}),
    versionId,
    ...(createdDate === undefined ? {} : { createdDate }),
  }));
}
