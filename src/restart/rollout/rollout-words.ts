/** Rollouts in words, for conditions and Events. Pure. */
import type { Consumer } from '../consumer/consumer.ts';
import type { BlockReason, RolloutFailure } from './health.ts';
import type { WaitingPod } from './waiting-pods.ts';

const BLOCKS: Readonly<Record<BlockReason, string>> = {
  Paused: 'it is paused; its pods are replaced when it is resumed (`kubectl rollout resume`)',
  PausedByReloader:
    'Stakater Reloader has paused it (annotation deployment.reloader.stakater.com/paused-at); if Reloader does not resume it, run ' +
    '`kubectl rollout resume`',
  OnDelete: 'its update strategy is OnDelete; a pod gets the new content when somebody deletes it (`kubectl delete pod`)',
  Partition: 'its update strategy has a partition; pods with a lower ordinal keep the old content until it is lowered',
  AwaitingPromotion: 'it waits at a pause until somebody promotes it (`kubectl argo rollouts promote`)',
};

export function blockWords(reason: BlockReason): string {
  return BLOCKS[reason];
}

const FAILURES: Readonly<Record<RolloutFailure, string>> = {
  ProgressDeadlineExceeded: 'its pods were not available within its progress deadline',
  Degraded: 'Argo Rollouts has aborted it or calls it degraded',
};

export function failureWords(reason: RolloutFailure): string {
  return FAILURES[reason];
}

/** What a restart does to the availability of the workload, for the plan. Undefined: nothing that must be said. */
export function gapWords({ kind, rollout }: Pick<Consumer, 'kind' | 'rollout'>): string | undefined {
  if (rollout.recreate) return 'its strategy is Recreate: all pods end before the new ones start';
  if (kind === 'StatefulSet' && rollout.replicas === 1) return 'it has one pod, which ends before the new one starts';
  return undefined;
}

/** What to do about a StatefulSet that waits for a broken pod of before. */
export function hungWords(pod: Pick<WaitingPod, 'name' | 'reason'>): string {
  return `it waits for pod "${pod.name}" of the earlier template (${pod.reason}), which its controller does not replace; delete this pod`;
}
