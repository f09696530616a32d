/** Workloads as the restart stage keeps them: what decides about a restart, and nothing else. */
import type { KubeObject } from '../api/object.ts';

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

export type WorkloadKind = (typeof workloadKinds)[number];

export interface Workload extends KubeObject {
  readonly kind: WorkloadKind;
  /** Restart markers on the pod template. */
  readonly markers: Readonly<Record<string, string>>;
  /** spec.selector as a label selector string, or undefined when it selects nothing. */
  readonly selector?: string;
}
