/** A demand: somebody wants a workload restarted when the content of one source changes. Types only. */
import type { Consumption } from '../consumer/consumer.ts';
import type { RestartPolicy } from '../policy/policy.ts';
import type { SourceName } from '../source/content.ts';
import type { PolicyOwner } from './restart-spec.ts';

/** Names the workloads that one policy governs for one source: `<group resource of the ExternalSecret>/namespace/name` (spec.restart), or the source itself,
 * `Secret/namespace/name`, for annotations of workloads. */
export type GroupId = string;

export interface Demand {
  readonly group: GroupId;
  readonly source: SourceName;
  /** The keys whose changes count: those of the policy that the workload consumes. */
  readonly keys: 'all' | readonly string[];
  readonly policy: RestartPolicy;
  /** How the workload consumes the source. Absent for a target that is named and does not consume it. */
  readonly consumption?: Consumption;
  /** The ExternalSecret that has the policy. Absent for annotations of the workload. */
  readonly owner?: PolicyOwner;
}

/** Why a workload is not restarted although somebody wants it. */
export type Refusal =
  /** The workload has the annotation `restart: "false"`. */
  | 'OptedOut'
  /** The workload reads the volume again by itself (annotation live-reload). */
  | 'LiveReload'
  /** Only kubelet reads the source, when it pulls images. */
  | 'ImagePull'
  /** The installation restarts targets that do not consume the Secret only if they are annotated. */
  | 'NotAnnotated';

export interface RefusedDemand {
  readonly demand: Demand;
  readonly refusal: Refusal;
}
