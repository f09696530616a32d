/** Workloads as the restart stage keeps them: only the parts that decide about a restart. */
import type { KubeObject } from '../api/object.ts';
import type { WorkloadKind } from '../api/workload-kinds.ts';

/**
 * Why pods of an earlier template keep running although nothing has failed. Paused: the Deployment is paused. OnDelete: the update strategy replaces a pod
 * only after its deletion. Partition: the update strategy replaces only pods from that ordinal on.
 */
export type Hold = 'Paused' | 'OnDelete' | 'Partition';

export interface Workload extends KubeObject {
  readonly kind: WorkloadKind;
  /** Restart markers on the pod template, by the names of their annotations. */
  readonly markers: Readonly<Record<string, string>>;
  /** Whether the template has further markers. A marker that is missing above may be one of them. */
  readonly hasMoreMarkers: boolean;
  /** Why pods of an earlier template stay, if the specification asks for it. */
  readonly hold?: Hold;
}
