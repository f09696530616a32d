/** Workloads as the restart stage keeps them: what decides about a restart, and nothing else. */
import type { KubeObject } from '../api/object.ts';
import type { Hold } from './rollout.ts';

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

export type WorkloadKind = (typeof workloadKinds)[number];

export interface Workload extends KubeObject {
  readonly kind: WorkloadKind;
  /** Restart markers on the pod template, by the names of their annotations. */
  readonly markers: Readonly<Record<string, string>>;
  /** Whether there are markers besides those: a name that is missing may be among them. */
  readonly hasMoreMarkers: boolean;
  /** Why pods of an earlier template stay, where somebody asked for it. */
  readonly hold?: Hold;
}
