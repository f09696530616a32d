/** The last step: status, Events and log lines of a store, each only after a change. */
import { type Condition, findCondition } from '../../api/schema/conditions.ts';
import type { StoreObject, StoreStatus } from '../../api/schema/secret-store.ts';
import type { WorkResult } from '../../queue/port.ts';
import { workAfterStatus } from '../shared/work.ts';
import type { SecretStoreContext } from './context.ts';

/** The types of conditions of a store. */
export const CONDITIONS = ['Ready', 'Events', 'Available', 'BatchReads', 'Lists'] as const;

/** Writes the status if it changes. Resolves with the next step if the write failed, else undefined. */
export async function report(
  store: StoreObject,
  status: StoreStatus,
  context: SecretStoreContext,
  signal: AbortSignal,
): Promise<WorkResult | undefined> {
  const changes = CONDITIONS.map((type) => {
    const [before, after] = [findCondition(store.status?.conditions, type), findCondition(status.conditions, type)];
    const change = changeOf(before, after);
    if (change === 'content' && after !== undefined) announce(store, after, context);
    return change;
  });
  const costMoved = store.status?.estimatedMonthlyCost !== status.estimatedMonthlyCost;
  if (changes.every((change) => change === 'none') && !costMoved) return undefined;
  const { name, namespace = '' } = store.metadata;
  const written = await context.client.mergePatch(
    context.type,
    { namespace, name },
    { metadata: context.ownStatuses.preconditionsOf(store), status },
    signal,
    'status',
  );
  if (written.ok) context.ownStatuses.wrote(store, status, written.value.metadata.resourceVersion);
  if (written.ok || written.failure.kind === 'not-found') return undefined;
  return workAfterStatus(written.failure);
}

/** content: reason or message differ, which an Event reports. generation: only the generation differs. */
function changeOf(before: Condition | undefined, after: Condition | undefined): 'none' | 'generation' | 'content' {
  if (before?.message !== after?.message || before?.reason !== after?.reason) return 'content';
  return before?.observedGeneration === after?.observedGeneration ? 'none' : 'generation';
}

function announce(store: StoreObject, { status, reason, message: note }: Condition, context: SecretStoreContext): void {
  const { namespace, name } = store.metadata;
  context.events.record({ regarding: store, type: status === 'True' ? 'Normal' : 'Warning', reason, note, action: 'Validate' });
  context.logger.info({ kind: context.type.kind, namespace, name, reason }, 'store state changed');
}
