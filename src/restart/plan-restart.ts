/** Does this workload run with the content that the Secret holds? Pure (DESIGN section 6). */
import type { KubeObject } from '../api/object.ts';
import { valueIn } from '../api/object.ts';
import type { Workload } from './port.ts';

export interface ContentFacts {
  readonly markerName: string;
  readonly content: string;
  /** When existing content was last replaced; absent when the content is the first. */
  readonly changedAt?: string;
}

export type RestartNeed =
  | { readonly kind: 'current' }
  | { readonly kind: 'restart' }
  /** No marker yet, and the content has changed once: the age of the pods decides. */
  | { readonly kind: 'ask-pods'; readonly changedAt: string };

/** The marker is the durable record; a workload without one was never restarted by us. */
export function restartNeed(workload: Workload, facts: ContentFacts): RestartNeed {
  const marker = valueIn(workload.markers, facts.markerName);
  if (marker !== undefined) return marker === facts.content ? { kind: 'current' } : { kind: 'restart' };
  if (facts.changedAt === undefined) return { kind: 'current' };
  return { kind: 'ask-pods', changedAt: facts.changedAt };
}

/** Times of objects are whole seconds and clocks differ a little: a pod this much younger than the change may still have the old content. */
const TOLERANCE_MS = 1_000;

/** Whether a pod of the workload may have started with the content from before `changedAt`. Pods that are going or done don't count. */
export function runsOldContent(workload: Workload, pods: readonly KubeObject[], changedAt: string): boolean {
  const changed = Date.parse(changedAt);
  return pods.some(
    (pod) => belongsTo(pod, workload) && isRunning(pod) && Date.parse(pod.metadata.creationTimestamp) <= changed + TOLERANCE_MS,
  );
}

/** Selectors of two workloads may overlap, so the controller decides. A Deployment's pods belong to its ReplicaSets, which bear its name. */
function belongsTo(pod: KubeObject, workload: Workload): boolean {
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller === undefined) return false;
  if (workload.kind !== 'Deployment') return controller.uid === workload.metadata.uid;
  const suffix = controller.name.slice(workload.metadata.name.length);
  return controller.kind === 'ReplicaSet' && controller.name.startsWith(workload.metadata.name) && /^-[a-z0-9]+$/.test(suffix);
}

interface PodStatus {
  readonly status?: { readonly phase?: string };
}

function isRunning(pod: KubeObject & PodStatus): boolean {
  return pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}
