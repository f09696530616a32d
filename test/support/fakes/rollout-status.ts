/** What the controllers of workloads write about a rollout: the number of its template, and its status. Pure. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../src/api/object/object.ts';

export type ModelKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export interface WorkloadFields extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
    readonly template: object;
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface ModelPod {
  readonly name: string;
  readonly uid: string;
  /** uid of the workload. */
  readonly owner: string;
  readonly revision: string;
  readonly ordinal: number;
  ready: boolean;
  /** It does not become ready as long as its workload is broken. */
  readonly isBroken: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Where the model keeps the hash of the template to which the number belongs. */
const NUMBERED = 'test/numbered-template';

/** Those of each kind whose text differs for each present template. */
const NUMBERS: Readonly<Partial<Record<ModelKind, string>>> = {
  Deployment: 'deployment.kubernetes.io/revision',
  DaemonSet: 'deprecated.daemonset.template.generation',
};

export function revisionOf({ spec }: Pick<WorkloadFields, 'spec'>): string {
  return createHash('sha256').update(JSON.stringify(spec.template)).digest('hex').slice(0, 12);
}

/** The annotations that number a new template. Undefined: the present one has its number. A template that comes again gets a new one. */
export function revisionAnnotations(kind: ModelKind, object: WorkloadFields): Readonly<Record<string, string>> | undefined {
  const name = NUMBERS[kind];
  const { annotations = {} } = object.metadata;
  const revision = revisionOf(object);
  if (name === undefined || annotations[NUMBERED] === revision) return undefined;
  return { [NUMBERED]: revision, [name]: String(Number(annotations[name] ?? 0) + 1) };
}

export function statusOf(kind: ModelKind, object: WorkloadFields, pods: readonly ModelPod[]): Readonly<Record<string, unknown>> {
  const revision = revisionOf(object);
  const updated = pods.filter((pod) => pod.revision === revision).length;
  const ready = pods.filter((pod) => pod.ready).length;
  const observedGeneration = object.metadata.generation ?? 1;
  if (kind === 'DaemonSet') {
    return {
      observedGeneration,
      desiredNumberScheduled: 1,
      currentNumberScheduled: pods.length,
      updatedNumberScheduled: updated,
      numberReady: ready,
      numberAvailable: ready,
      numberUnavailable: 1 - ready,
    };
  }
  const counts = { observedGeneration, replicas: pods.length, updatedReplicas: updated, readyReplicas: ready, availableReplicas: ready };
  if (kind === 'Deployment') return counts;
  const former = pods.find((pod) => pod.revision !== revision)?.revision ?? revision;
  return { ...counts, currentRevision: former, updateRevision: revision };
}
