/** Named targets that are not known: whether one exists that the cache does not have, only the API server knows. */
import type { RestartStatus } from '../../../api/schema/restart-status.ts';
import { keyOf } from '../../../base/key.ts';
import { failure, type Failure } from '../../../failure/failure.ts';
import { failureOf } from '../../../kube/failure-of.ts';
import { messageFor } from '../../../messages/message.ts';
import { unknownReader } from '../../../messages/reader.ts';
import { consumerKinds, type Consumer, type ConsumerKind } from '../../../restart/consumer/consumer.ts';
import { consumerTypes } from '../../../restart/consumer/consumer-types.ts';
import type { RestartSpec } from '../../../restart/demand/restart-spec.ts';
import type { ExternalSecretContext } from '../context.ts';

interface Named {
  readonly kind: ConsumerKind;
  readonly name: string;
}

export interface MissingTarget {
  readonly failure: Failure;
  readonly status: RestartStatus;
}

const MAX_MESSAGE = 1_024;

export async function missingTargets(
  { members, owner }: RestartSpec,
  context: ExternalSecretContext,
  signal: AbortSignal,
): Promise<readonly MissingTarget[]> {
  const named = typeof members === 'string' ? [] : members.flatMap((member) => ('name' in member ? [member] : []));
  const missing: MissingTarget[] = [];
  for (const target of named) {
    const cached = context.workloads(target.kind).get(keyOf(owner.namespace, target.name));
    const why = cached === undefined ? await reasonOf(target, owner.namespace, context, signal) : tooLarge(cached);
    if (why !== undefined) missing.push({ failure: why, status: statusOf(target, why) });
  }
  return missing;
}

/** Only its name is kept, so that it cannot be restarted. */
function tooLarge({ kind, metadata: { name }, notKept }: Consumer): Failure | undefined {
  if (notKept === undefined) return undefined;
  return failure(
    'MemoryShareExceeded',
    `${kind} ${JSON.stringify(name)}: its references and labels exceed the memory share of the namespace`,
  );
}

/** Kinds whose workloads are to be found, and may not be listed: nobody knows which of them use the Secret. Named targets are told one by one. */
export function unreadKinds(
  { members, owner: { namespace } }: RestartSpec,
  { isRead, areAllRead }: Pick<ExternalSecretContext, 'isRead' | 'areAllRead'>,
): Failure | undefined {
  if (areAllRead(namespace)) return undefined;
  const unread = kindsToFind(members).find((kind) => !isRead(kind, namespace));
  return unread && failure('Forbidden', `${unlisted(unread, namespace)}, so those that use the Secret are not restarted`);
}

/** Rollouts are read only where the installation asks for it, so that they are found or not. */
function kindsToFind(members: RestartSpec['members']): readonly ConsumerKind[] {
  if (members === 'discover') return consumerKinds.filter((kind) => kind !== 'Rollout');
  return members === 'none' ? [] : members.flatMap((member) => ('selector' in member ? [member.kind] : []));
}

/** Undefined: it exists, and will be in the cache soon. */
async function reasonOf(
  { kind, name }: Named,
  namespace: string,
  { isRead, client }: ExternalSecretContext,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const target = `${kind} ${JSON.stringify(name)}`;
  if (!isRead(kind, namespace)) return failure('Forbidden', `${target}: ${unlisted(kind, namespace)}, so it may exist`);
  const live = await client.get(consumerTypes[kind], { namespace, name }, signal);
  if (!live.ok)
    return live.failure.kind === 'not-found' ? failure('RestartTargetNotFound', `${target} does not exist`) : failureOf(live.failure);
  return live.value.metadata.deletionTimestamp === undefined ? undefined : failure('RestartTargetNotFound', `${target} is being deleted`);
}

/** With the permission in the words of RBAC. */
function unlisted(kind: ConsumerKind, namespace: string): string {
  const { plural, group } = consumerTypes[kind];
  const setting = kind === 'Rollout' ? '--argo-rollouts, and ' : '';
  return `the operator cannot list ${kind}s (${setting}"list" and "watch" on "${plural}.${group}" in namespace ${namespace})`;
}

function statusOf({ kind, name }: Named, why: Failure): RestartStatus {
  const message = messageFor(why, unknownReader).slice(0, MAX_MESSAGE);
  return { kind, name, state: 'Failed', phase: 'Failed', reason: why.reason, message };
}
