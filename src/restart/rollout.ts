/** Finds the reason why pods of an earlier template continue to run without a failure. Pure. */
import type { RolloutBlock } from './port.ts';
import type { WorkloadKind } from '../api/object/workload-kinds.ts';

/** The parts of a workload that decide about its rollout. */
export interface RolloutFields {
  readonly metadata: { readonly generation?: number };
  readonly spec?: {
    readonly paused?: boolean;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
  };
}

/** The reason why pods of an earlier template stay. Undefined without such pods, or if the controller of the workload is replacing them. */
export function rolloutBlockOf(kind: WorkloadKind, workload: RolloutFields): RolloutBlock | undefined {
  const hold = specifiedHold(kind, workload);
  return hold === undefined || isUpdated(kind, workload) ? undefined : hold;
}

/** The hold that the specification asks for. */
function specifiedHold(kind: WorkloadKind, { spec }: RolloutFields): RolloutBlock | undefined {
  if (kind === 'Deployment') return spec?.paused === true ? 'Paused' : undefined;
  if (spec?.updateStrategy?.type === 'OnDelete') return 'OnDelete';
  return kind === 'StatefulSet' && partitionOf(spec) > 0 ? 'Partition' : undefined;
}

function partitionOf(spec: RolloutFields['spec']): number {
  return spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
}

/** Whether the controller has observed the present template and all pods have it. */
function isUpdated(kind: WorkloadKind, { metadata, status = {} }: RolloutFields): boolean {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  if (kind === 'DaemonSet') return (status.updatedNumberScheduled ?? 0) >= (status.desiredNumberScheduled ?? 0);
  return (status.updatedReplicas ?? 0) >= (status.replicas ?? 0);
}

const WORDS: Readonly<Record<RolloutBlock, string>> = {
  Paused: 'it is paused; its pods are replaced when it is resumed',
  OnDelete: 'its update strategy is OnDelete; a pod gets the new content when somebody deletes it',
  Partition: 'its update strategy has a partition; pods with a lower ordinal keep the old content until it is lowered',
};

export function rolloutBlockMessage(hold: RolloutBlock): string {
  return WORDS[hold];
}
