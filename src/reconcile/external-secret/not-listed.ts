/**
 * Reports on an ExternalSecret that it is not reconciled because the operator cannot list a kind that it needs. The Secret stays unchanged.
 */
import { failure, type Failure } from '../../failure/failure.ts';
import { type Condition, findCondition, type NewCondition, withCondition } from '../../api/schema/conditions.ts';
import type { ExternalSecretObject } from '../../api/schema/external-secret.ts';
import { sentenceFor } from '../../messages/message.ts';
import { unknownReader, owner } from '../../messages/reader.ts';
import type { WorkResult } from '../../queue/port.ts';
import { done } from '../shared/work.ts';
import type { ExternalSecretContext } from './context.ts';
import { writeStatus } from './report.ts';

export type NotListedContext = Pick<
  ExternalSecretContext,
  'dialect' | 'client' | 'events' | 'metrics' | 'ownStatuses' | 'clock' | 'logger'
>;

/** `missing`: kinds and namespaces. The text stays the same while the same kinds are missing, so that the status is written once. */
export async function reportNotListed(
  cached: ExternalSecretObject,
  missing: string,
  context: NotListedContext,
  signal: AbortSignal,
): Promise<WorkResult> {
  if (cached.metadata.deletionTimestamp !== undefined) return done;
  const resource = context.ownStatuses.current(cached);
  const { generation = 0 } = resource.metadata;
  const problem = failure('NotListed', `the operator cannot list ${missing}`);
  const { reason, message } = context.dialect.words.failed(problem, unknownReader);
  context.metrics.synced(context.dialect.kinds.externalSecret.kind, problem.reason);
  const next: NewCondition = { type: 'Ready', status: 'Unknown', reason, message, observedGeneration: generation };
  const before = findCondition(resource.status?.conditions, 'Ready');
  if (!isSame(before, next)) announce(resource, problem, next, context);
  else if (before?.observedGeneration === generation) return done;
  const now = new Date(context.clock.now()).toISOString();
  const status = { ...resource.status, conditions: withCondition(resource.status?.conditions ?? [], next, now) };
  return (await writeStatus(resource, status, context, signal)) ?? done;
}

/** Whether both report the same, for any generation. */
function isSame(before: Condition | undefined, next: NewCondition): boolean {
  return before?.status === next.status && before.reason === next.reason && before.message === next.message;
}

function announce(
  resource: ExternalSecretObject,
  problem: Failure,
  { reason, message }: NewCondition,
  { events, logger }: NotListedContext,
): void {
  const { namespace, name } = resource.metadata;
  events.record({ regarding: resource, type: 'Warning', reason, note: message, action: 'Sync' });
  logger.warn({ namespace, name, reason, message: sentenceFor(problem, owner) }, 'externalsecret is not reconciled');
}
