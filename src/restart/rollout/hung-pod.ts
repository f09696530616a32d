/**
 * Finds the pod for which the controller of a StatefulSet waits, although it has an earlier template: it replaces no pod before all are ready, also not the broken
 * one (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback). Somebody must delete that pod. Pure.
 */
import { memberOf, textOf } from '../../base/members.ts';
import type { Consumer } from '../consumer/consumer.ts';
import { waitingPod, type WaitingPod } from './waiting-pods.ts';

type StatefulSet = Pick<Consumer, 'kind' | 'metadata' | 'rollout'>;

/** `pods`: all pods of the StatefulSet, as the API server holds them. Undefined: it does not hang, or waits for a pod with the present template. */
export function hungPod({ kind, metadata, rollout }: StatefulSet, pods: Iterable<unknown>): WaitingPod | undefined {
  const isOrdered = kind === 'StatefulSet' && !rollout.parallel && !rollout.onDelete;
  const first = isOrdered ? firstWaiting(metadata.name, pods) : undefined;
  return first === undefined || !isHung(first, rollout) ? undefined : first;
}

/** The controller looks at no pod behind it. */
function firstWaiting(name: string, pods: Iterable<unknown>): WaitingPod | undefined {
  let first: { readonly ordinal: number; readonly pod: WaitingPod } | undefined;
  for (const pod of pods) {
    const [waiting, ordinal] = [waitingPod([pod]), ordinalOf(name, pod)];
    if (waiting === undefined || ordinal === undefined) continue;
    if (first === undefined || ordinal < first.ordinal) first = { ordinal, pod: waiting };
  }
  return first?.pod;
}

/** A pod that is being deleted gets the present template by itself. */
function isHung({ revision, reason }: WaitingPod, { updateRevision }: Consumer['rollout']): boolean {
  return revision !== undefined && updateRevision !== undefined && revision !== updateRevision && reason !== 'Terminating';
}

function ordinalOf(name: string, pod: unknown): number | undefined {
  const podName = textOf(memberOf(pod, 'metadata'), 'name');
  const digits = podName?.startsWith(`${name}-`) === true ? podName.slice(name.length + 1) : '';
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
}
