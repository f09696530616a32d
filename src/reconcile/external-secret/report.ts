/** The last step: status, Event, metric and log line, each only after a change. */
import { groupResource } from '../../api/object/resource-type.ts';
import type { Failure } from '../../failure/failure.ts';
import { findCondition, type Condition } from '../../api/schema/conditions.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import type { ExternalSecretStatus } from '../../api/schema/external-secret-status.ts';
import type { Reason } from '../../failure/reasons.ts';
import type { Effect } from '../../apply/plan-write.ts';
import { factsOf } from '../../messages/facts-of.ts';
import { sentenceFor } from '../../messages/message.ts';
import { owner, tenantOf, type Reader } from '../../messages/reader.ts';
import type { WorkResult } from '../../queue/port.ts';
import { groupOfOwner } from '../../restart/demand/restart-spec-of.ts';
import { isNewlyHealthy, saysAllHealthy } from '../../status/all-healthy.ts';
import { externalSecretStatus, sameStatus } from '../../status/external-secret-status.ts';
import { workAfterStatus } from '../shared/work.ts';
import type { ExternalSecretContext } from './context.ts';
import type { SyncResult } from './sync-result.ts';

/** Writes the status if it changes. Resolves with the next step if the write failed, else undefined. */
export async function report(
  resource: ExternalSecretObject,
  result: SyncResult,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<WorkResult | undefined> {
  const now = new Date(context.clock.now()).toISOString();
  const status = externalSecretStatus(context.dialect.words, resource.status, result.findings, now, readerOf(resource));
  const reason = readyReason(result);
  if (reason !== undefined) context.metrics.synced(context.dialect.kinds.externalSecret.kind, reason);
  const effect = result.applied?.effect ?? 'none';
  if (effect !== 'none') announceWrite(resource, effect, status, context);
  noteAllHealthy(resource, status, context);
  if (sameStatus(resource.status, status)) return undefined;
  announceChange(resource, status, result.failure, effect !== 'none', context);
  return writeStatus(resource, status, context, signal);
}

/** Measured once for a content, also by the leader after this one, which sees that the status says so already. */
function noteAllHealthy(resource: ExternalSecretObject, status: ExternalSecretStatus, { restarts, dialect }: ExternalSecretContext): void {
  if (restarts === undefined || !saysAllHealthy(status)) return;
  const { namespace = '', name } = resource.metadata;
  const group = groupOfOwner({ resource: groupResource(dialect.kinds.externalSecret), namespace, name });
  const changedAt = isNewlyHealthy(resource.status, status) ? Date.parse(status.lastChangeTime ?? '') : undefined;
  restarts.healthyContents.saw(group, `${status.contentSequence}.${status.content}`, changedAt);
}

function readyReason({ findings: { ready } }: SyncResult): Reason | undefined {
  return ready?.kind === 'failed' ? ready.failure.reason : ready?.reason;
}

const EFFECTS: Readonly<Record<Exclude<Effect, 'none'>, { reason: string; words: string; operation: 'create' | 'update' }>> = {
  created: { operation: 'create', reason: 'Created', words: 'created' },
  changed: { operation: 'update', reason: 'Updated', words: 'updated with new content' },
  repaired: { operation: 'update', reason: 'Repaired', words: 'repaired: somebody else had changed it' },
  recorded: { operation: 'update', reason: 'Recorded', words: 'left as it is; its metadata was brought up to date' },
  recreated: { operation: 'create', reason: 'Recreated', words: 'deleted and created with new content' },
};

function announceWrite(
  resource: ExternalSecretObject,
  effect: Exclude<Effect, 'none'>,
  status: ExternalSecretStatus,
  context: ExternalSecretContext,
): void {
  const { reason, words, operation } = EFFECTS[effect];
  const secret = status.binding?.name ?? '';
  context.metrics.secretWritten(operation);
  context.events.record({
    regarding: resource,
    type: 'Normal',
    reason,
    note: `Secret ${JSON.stringify(secret)} ${words}`,
    action: 'Write',
  });
  const versions = (status.sources ?? []).slice(0, 10).map(({ key, store, versionId }) => ({ key, ...(store && { store }), versionId }));
  const ready = findCondition(status.conditions, 'Ready')?.reason;
  context.logger.info({ ...nameOf(resource), secret, effect, reason: ready, versions }, 'secret written');
}

/** Reports the start, change and end of a failure. `written`: the line about the write reports the end. */
function announceChange(
  resource: ExternalSecretObject,
  status: ExternalSecretStatus,
  failure: Failure | undefined,
  written: boolean,
  context: ExternalSecretContext,
): void {
  if (!isChanged(resource.status?.conditions, status.conditions)) return;
  if (failure !== undefined) announceFailure(resource, failure, context);
  else if (!written) {
    const reason = findCondition(status.conditions, 'Ready')?.reason;
    context.logger.info({ ...nameOf(resource), reason }, 'externalsecret state changed');
  }
}

function isChanged(before: readonly Condition[] | undefined, after: readonly Condition[] | undefined): boolean {
  const [readyBefore, ready] = [findCondition(before, 'Ready'), findCondition(after, 'Ready')];
  if (readyBefore?.reason !== ready?.reason || readyBefore?.message !== ready?.message) return true;
  return findCondition(before, 'Restarted')?.message !== findCondition(after, 'Restarted')?.message;
}

function announceFailure(resource: ExternalSecretObject, failure: Failure, context: ExternalSecretContext): void {
  const { reason, message: note } = context.dialect.words.failed(failure, readerOf(resource));
  context.events.record({ regarding: resource, type: 'Warning', reason, note, action: 'Sync' });
  const logged = { ...nameOf(resource), reason: failure.reason };
  context.logger.warn({ ...logged, message: sentenceFor(failure, owner) }, 'externalsecret failed');
  context.logger.debug({ ...logged, facts: factsOf(failure) }, 'facts of the failure');
}

/** The readers of its status and Events. */
function readerOf({ metadata: { namespace = '' } }: ExternalSecretObject): Reader {
  return tenantOf(namespace);
}

function nameOf(resource: ExternalSecretObject): { namespace: string | undefined; name: string } {
  return { namespace: resource.metadata.namespace, name: resource.metadata.name };
}

/**
 * Resolves with the next step if the write failed, else undefined. The preconditions are the uid and the resourceVersion that the status
 * was computed from. So a former leader, or a process with a late view, cannot overwrite a newer status, or the status of a new resource
 * with the same name.
 */
export async function writeStatus(
  resource: ExternalSecretObject,
  status: ExternalSecretStatus,
  context: Pick<ExternalSecretContext, 'dialect' | 'client' | 'ownStatuses' | 'logger'>,
  signal: AbortSignal,
): Promise<WorkResult | undefined> {
  const { name, namespace = '' } = resource.metadata;
  const body = { metadata: context.ownStatuses.preconditionsOf(resource), status };
  const written = await context.client.mergePatch(context.dialect.kinds.externalSecret, { namespace, name }, body, signal, 'status');
  if (written.ok) context.ownStatuses.wrote(resource, status, written.value.metadata.resourceVersion);
  if (written.ok || written.failure.kind === 'not-found') return undefined;
  context.logger.warn({ ...nameOf(resource), problem: written.failure.message }, 'status could not be written');
  return workAfterStatus(written.failure);
}
