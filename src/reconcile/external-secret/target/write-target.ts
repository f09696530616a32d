/** Writes the content to the Secret, and later deletes the Secret with the former name. */
import { findCondition } from '../../../api/schema/conditions.ts';
import type { ExternalSecretStatus } from '../../../api/schema/external-secret-status.ts';
import type { Failure, Outcome } from '../../../failure/failure.ts';
import { builtin } from '../../../api/object/builtin-types.ts';
import { applySecret, type Applied } from '../../../apply/apply-secret.ts';
import type { RecordedSource, WriteRecord } from '../../../apply/port.ts';
import type { FormerContent, WriteRequest } from '../../../apply/write-request.ts';
import type { ContentId } from '../../../base/digest.ts';
import { failed, ok } from '../../../base/result.ts';
import { failureOf } from '../../../kube/failure-of.ts';
import type { SecretContent } from '../../../render/port.ts';
import { fieldOfKey } from '../../../resolve/entries/plan-references.ts';
import type { ExternalSecretContext } from '../context.ts';
import { contentDigestOf } from '../../../status/external-secret-status.ts';
import { sourcesOfStatus, type Subject } from '../subject.ts';

export async function writeTarget(
  subject: Subject,
  policy: WriteRequest['policy'],
  content: SecretContent,
  sources: readonly RecordedSource[],
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<Outcome<Applied>> {
  const writers = writersOf(subject, context);
  const request: WriteRequest = {
    dialect: context.dialect,
    writer: writerOf(subject, context),
    secretName: subject.secretName,
    policy,
    recreate: subject.spec.target?.recreate ?? false,
    content,
    inputs: subject.inputs,
    sources,
    former: formerContent(subject),
    now: new Date(context.clock.now()).toISOString(),
    key: context.digestKey,
    isWriter: (uid) => writers.has(uid),
    fieldOfKey: (key) => fieldOfKey(subject.entries, key),
  };
  const remember = (record: WriteRecord) => rememberContent(subject, record, context, signal);
  const work = context.slices.worker(subject.namespace, signal);
  const apply = (): Promise<Outcome<Applied>> =>
    applySecret(request, { client: context.client, work, cached: subject.secret, remember }, signal);
  return context.writerQueue.write(subject.key, apply, signal);
}

/** The last write according to the status. */
function formerContent({ resource, generation, secretName }: Subject): FormerContent {
  const { status } = resource;
  const changedAt = status?.lastChangeTime === undefined ? {} : { changedAt: status.lastChangeTime };
  // The status is about the Secret of this name only.
  if (status?.content === undefined || status.binding?.name !== secretName) return changedAt;
  return {
    ...changedAt,
    content: status.content as ContentId,
    ...(status.contentSequence === undefined ? {} : { sequence: status.contentSequence }),
    ...(status.contentDigest === undefined ? {} : { digest: status.contentDigest as ContentId }),
    ...(isReady(status, generation) ? { sources: sourcesOfStatus(resource) } : {}),
  };
}

function isReady({ conditions }: ExternalSecretStatus, generation: number): boolean {
  const ready = findCondition(conditions, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === generation;
}

/**
 * Writes only the part of the status that replaces the record of a deleted Secret, because the result of this reconcile is not known yet.
 */
async function rememberContent(
  { resource, namespace, secretName }: Subject,
  record: WriteRecord,
  { dialect, client, ownStatuses }: ExternalSecretContext,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const { lastChangeTime: _former, ...others } = resource.status ?? {};
  const { content, changedAt, sequence } = record;
  const digest = contentDigestOf(record, resource.status);
  const remembered = {
    binding: { name: secretName },
    content,
    ...digest,
    ...(changedAt === undefined ? {} : { lastChangeTime: changedAt }),
    ...(sequence === undefined ? {} : { contentSequence: sequence }),
  };
  const status = { lastChangeTime: null, ...remembered };
  const body = { metadata: ownStatuses.preconditionsOf(resource), status };
  const target = { namespace, name: resource.metadata.name };
  const written = await client.mergePatch(dialect.kinds.externalSecret, target, body, signal, 'status');
  if (!written.ok) return failed(failureOf(written.failure));
  ownStatuses.wrote(resource, { ...others, ...remembered }, written.value.metadata.resourceVersion);
  return ok(undefined);
}

/** uids of the ExternalSecrets with this target, including this one. Records of other ExternalSecrets on the target have no effect. */
function writersOf({ namespace, secretName, resource }: Subject, { resources }: ExternalSecretContext): ReadonlySet<string> {
  const others = resources.byIndex('target', `${namespace}/${secretName}`).map(({ metadata }) => metadata.uid);
  return new Set([resource.metadata.uid, ...others]);
}

/** apiVersion and kind come from the dialect, because items of lists do not have them. */
function writerOf({ resource, namespace, generation }: Subject, { dialect }: ExternalSecretContext): WriteRequest['writer'] {
  const { kind, group, version } = dialect.kinds.externalSecret;
  const { name, uid } = resource.metadata;
  return { apiVersion: `${group}/${version}`, kind, namespace, name, uid, generation };
}

/** Whether the write reverted a change or a deletion by another client. */
export function undoes({ resource, secretName }: Subject, { effect, record }: Applied): boolean {
  const { status } = resource;
  return effect === 'repaired' || (effect === 'created' && status?.content === record.content && status.binding?.name === secretName);
}

/**
 * After a change of target.name, deletes the Secret with the old name. A Secret with a record of a newer generation stays: then the cached
 * ExternalSecret is late, and its name is the old one.
 */
export async function removeRenamed(subject: Subject, context: ExternalSecretContext, signal: AbortSignal): Promise<Failure | undefined> {
  const owned = context.managedSecrets.byIndex('controller', subject.resource.metadata.uid);
  for (const { metadata, records } of owned) {
    // Any user can write this uid into an owner reference, in any namespace.
    if (metadata.namespace !== subject.namespace) continue;
    if (metadata.name === subject.secretName || metadata.deletionTimestamp !== undefined) continue;
    if ((records.get(subject.resource.metadata.uid)?.record.generation ?? 0) > subject.generation) continue;
    const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    const removed = await context.client.delete(
      builtin.secret,
      { namespace: subject.namespace, name: metadata.name },
      preconditions,
      signal,
    );
    if (removed.ok) context.metrics.secretWritten('delete');
    else if (removed.failure.kind !== 'not-found') return failureOf(removed.failure);
  }
  return undefined;
}
