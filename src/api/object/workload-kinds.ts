/** The kinds of workload that restarts are for, and their resource types. */
import { builtin } from './builtin-types.ts';
import type { ResourceType } from './resource-type.ts';

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

export type WorkloadKind = (typeof workloadKinds)[number];

export function isWorkloadKind(kind: string): kind is WorkloadKind {
  return (workloadKinds as readonly string[]).includes(kind);
}

export const workloadTypes: Readonly<Record<WorkloadKind, ResourceType>> = {
  Deployment: builtin.deployment,
  StatefulSet: builtin.statefulSet,
  DaemonSet: builtin.daemonSet,
};
