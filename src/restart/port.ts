/** Workloads in the form of the restart stage: only the parts that decide about a restart. */
import type { OwnObject } from '../api/object/object.ts';
import type { WorkloadKind } from '../api/object/workload-kinds.ts';

/**
 * The reason why pods of an earlier template continue to run without a failure. Paused: the Deployment is paused. OnDelete: the update
 * strategy replaces a pod only after its deletion. Partition: the update strategy replaces only pods from that ordinal.
 */
export type RolloutBlock = 'Paused' | 'OnDelete' | 'Partition';

export interface Workload extends OwnObject {
  readonly kind: WorkloadKind;
  /** Restart markers on the pod template, by annotation. */
  readonly markers: Readonly<Record<string, string>>;
  /** Whether the template has further markers. A marker that is missing above can be one of them. */
  readonly hasMoreMarkers: boolean;
  /** The reason why pods of an earlier template stay, if the specification asks for it. */
  readonly hold?: RolloutBlock;
}
