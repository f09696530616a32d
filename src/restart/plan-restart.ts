/** Decides whether a workload runs with the content of the Secret. Pure (decision 3). */
import type { KubeObject } from '../api/object/object.ts';
import { valueIn } from '../api/object/object.ts';
import type { MarkerNames } from './marker.ts';
import type { Workload } from './port.ts';

export interface ContentFacts {
  readonly marker: MarkerNames;
  readonly content: string;
  /** The time of the last change of the content. Absent for the first content. */
  readonly changedAt?: string;
}

export type RestartNeed =
  /** `marked`: the workload was restarted for this content. */
  | { readonly kind: 'current'; readonly marked: boolean }
  | { readonly kind: 'restart' }
  /** No marker, and the content has changed: the age of the pods decides. */
  | { readonly kind: 'ask-pods'; readonly changedAt: string };

/** The marker is the durable record. A workload without a marker was never restarted by Keytender. */
export function restartNeed({ markers }: Workload, { marker, content, changedAt }: ContentFacts): RestartNeed {
  const current = valueIn(markers, marker.current);
  if (current !== undefined) return current === content ? { kind: 'current', marked: true } : { kind: 'restart' };
  // Content ids are unique, so an equal one is from this Secret. A different one can be the marker of another Secret with this name.
  if (marker.former !== undefined && valueIn(markers, marker.former) === content) return { kind: 'current', marked: true };
  return changedAt === undefined ? { kind: 'current', marked: false } : { kind: 'ask-pods', changedAt };
}

/** Whether the deciding marker can be one that the cache does not keep. Then the live workload must be read. */
export function hidesMarker({ markers, hasMoreMarkers }: Workload, { marker }: ContentFacts): boolean {
  const shown = (name: string | undefined): boolean => name === undefined || Object.hasOwn(markers, name);
  return hasMoreMarkers && !(shown(marker.current) && shown(marker.former));
}

/**
 * Times of objects are whole seconds, and clocks differ slightly: a pod that is at most this much younger than the change can have the old
 * content.
 */
const TOLERANCE_MS = 1_000;

/** The field selector of pods that have not ended. Pods that have ended read no Secret. */
export const RUNNING_PODS = 'status.phase!=Succeeded,status.phase!=Failed';

/**
 * Whether one of `pods` may have started with the content from before `changedAt`. Pods that are being deleted do not count. The creation
 * time is in the metadata and never later than the time at which a container reads the Secret: at worst there is one restart too many,
 * never one too few.
 */
export function runsOldContent(workload: Pick<Workload, 'kind' | 'metadata'>, pods: readonly KubeObject[], changedAt: string): boolean {
  const changed = Date.parse(changedAt);
  return pods.some(
    (pod) =>
      belongsTo(pod, workload) &&
      pod.metadata.deletionTimestamp === undefined &&
      Date.parse(pod.metadata.creationTimestamp) <= changed + TOLERANCE_MS,
  );
}

/**
 * Selectors of two workloads can overlap, so the owner reference decides. Pods of a Deployment belong to its ReplicaSets, whose names begin
 * with its name.
 */
function belongsTo(pod: KubeObject, workload: Pick<Workload, 'kind' | 'metadata'>): boolean {
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller === undefined) return false;
  if (workload.kind !== 'Deployment') return controller.uid === workload.metadata.uid;
  const suffix = controller.name.slice(workload.metadata.name.length);
  return controller.kind === 'ReplicaSet' && controller.name.startsWith(workload.metadata.name) && /^-[a-z0-9]+$/.test(suffix);
}
