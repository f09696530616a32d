/** Whose pods run the template of a workload: its own, or those of the Rollout that takes its template from it. */
import { consumerTypes } from '../../restart/consumer/consumer-types.ts';
import type { Consumer } from '../../restart/consumer/consumer.ts';
import type { PodOwner } from '../../restart/pods/oldest-pod-search.ts';
import type { WorkloadContext } from './context.ts';

export function podOwnerOf(consumer: Consumer, { type, rolloutOf }: Pick<WorkloadContext, 'type' | 'rolloutOf'>): PodOwner {
  const rollout = rolloutOf(consumer);
  if (rollout === undefined) return { type, kind: consumer.kind, metadata: consumer.metadata };
  return { type: consumerTypes.Rollout, kind: 'Rollout', metadata: rollout.metadata, selecting: { type, name: consumer.metadata.name } };
}
