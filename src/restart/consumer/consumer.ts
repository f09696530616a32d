/** A workload in the form that is kept in memory: what it consumes, its markers, its settings and the state of its rollout. Types only. */
import type { OwnObject } from '../../api/object/object.ts';
import type { ReloaderSettings } from '../reloader/parse-settings.ts';
import type { SourceName } from '../source/content.ts';

/** Kinds that can be restarted. Rollout: of Argo Rollouts. */
export const consumerKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const;

export type ConsumerKind = (typeof consumerKinds)[number];

/**
 * How a workload uses one source. A source that is used in several ways appears once, with the strongest effect and the union of the keys that are used with
 * that effect: a workload that reads one key at its start, and the whole Secret live, is restarted for that key only.
 */
export interface Consumption extends SourceName {
  readonly keys: 'all' | readonly string[];
  /**
   * restart: the pods read it only when they start (env, envFrom, subPath), or a volume that no annotation calls live. live: a volume that the workload reads
   * again by itself (annotation live-reload). image-pull: only kubelet reads it. Only the first needs a restart.
   */
  readonly effect: 'restart' | 'live' | 'image-pull';
}

/** The annotations `workload.keytender.dev/…` of the workload; those of the pod template count where the workload has none. */
export interface WorkloadSettings {
  /** true: restarted for each source that it consumes. false: never restarted, which wins over everything. */
  readonly restart?: boolean;
  /** Whether it is restarted although a controller owns it. */
  readonly restartOwned: boolean;
  /** Only for Rollouts. */
  readonly strategy: 'rollout' | 'restart';
  /** Each new value asks for one restart, past windows and intervals. */
  readonly restartNow?: string;
}

/** The fields of spec and status that decide about a rollout. Missing numbers are those of the API's defaults. */
export interface RolloutFacts {
  readonly generation: number;
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly paused: boolean;
  /** Stakater Reloader has paused the Deployment for its pause period (annotation paused-at). */
  readonly pausedByReloader: boolean;
  /** The strategy of a Deployment replaces all pods at once, with a gap between the old and the new ones. */
  readonly recreate: boolean;
  readonly onDelete: boolean;
  /** Pods of a StatefulSet with a lower ordinal keep their template. */
  readonly partition: number;
  readonly parallel: boolean;
  readonly minReadySeconds: number;
  readonly progressDeadlineSeconds?: number;
  /** Pods that exist, that have the present template, that are available, that are ready. For a DaemonSet by node. */
  readonly current: number;
  readonly updated: number;
  readonly available: number;
  readonly ready: number;
  /** The template of the pods before the present rollout: of a StatefulSet its revision, of a Rollout the hash of the stable template. */
  readonly currentRevision?: string;
  /**
   * Another text for each present template, once its controller has observed it: of a StatefulSet its revision, of a Rollout its hash, of a Deployment the number
   * of its revision, of a DaemonSet the generation of its template.
   */
  readonly updateRevision?: string;
  /** Condition Progressing of a Deployment is False with reason ProgressDeadlineExceeded; a Rollout is Degraded or aborted. */
  readonly deadlineExceeded: boolean;
  /** A Rollout waits until somebody promotes it: at a pause without a duration, or after an inconclusive analysis. */
  readonly awaitsPromotion: boolean;
  /** status.restartedAt and spec.restartAt of a Rollout. */
  readonly restartedAt?: string;
  readonly restartAt?: string;
  /** The generation of the Deployment in `workloadRef` that the controller of a Rollout has observed. */
  readonly observedWorkloadGeneration?: number;
}

export interface Consumer extends OwnObject {
  readonly kind: ConsumerKind;
  /** By kind and name of the source. */
  readonly consumes: readonly Consumption[];
  /** The template has more references than are kept: those beyond are not followed. */
  readonly hasMoreReferences: boolean;
  /** Restart markers by the name of their annotation. For a Rollout with strategy `restart` they are on the object itself, else on the pod template. */
  readonly markers: Readonly<Record<string, string>>;
  readonly hasMoreMarkers: boolean;
  readonly settings: WorkloadSettings;
  /** What is wrong with the settings, for people: bounded in number and length. Usually empty. */
  readonly problems: readonly string[];
  readonly rollout: RolloutFacts;
  /** Another text for each pod template, apart from its markers. Absent: it has none, or only its name is kept. */
  readonly templateId?: string;
  /** The controller that owns it. */
  readonly owner?: { readonly kind: string; readonly name: string };
  /** The annotations of Stakater Reloader. Absent: it has none, or they do not count in this installation. */
  readonly reloader?: ReloaderSettings;
  /** For a Rollout that takes its template from a Deployment: the name of the Deployment. */
  readonly workloadRef?: string;
}

/** `Deployment/namespace/name` */
export type ConsumerId = string;

export function consumerId(kind: string, namespace: string, name: string): ConsumerId {
  return `${kind}/${namespace}/${name}`;
}
