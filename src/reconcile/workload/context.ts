/** The dependencies of the reconciler of workloads; controller.ts provides them. */
import type { Dialect } from '../../api/dialect.ts';
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import type { EventRecorder, KubeReader, KubeWriter, MetadataReader } from '../../kube/port.ts';
import type { Failure } from '../../failure/failure.ts';
import type { Consumer, ConsumerId, ConsumerKind } from '../../restart/consumer/consumer.ts';
import type { PodAges } from '../../restart/pods/pod-ages.ts';
import type { MarkerPrefixes } from '../../restart/source/marker.ts';
import type { Logger } from '../../telemetry/log/logger.ts';
import type { RestartMetrics } from '../../telemetry/metrics/restart-metrics.ts';
import type { ObjectStore } from '../../watch/port.ts';
import type { RestartEngine } from '../shared/restart-engine.ts';
import type { AnnotationNames } from '../../restart/consumer/reduce-consumer.ts';
import type { HealthySince } from './healthy-since.ts';
import type { LeftOutLog } from './left-out.ts';
import type { Consumers } from './members.ts';
import type { OwnPatches } from './own-patches.ts';
import type { RestartSide } from './sides.ts';
import type { SourceContents } from './source-contents.ts';

export interface WorkloadContext {
  /** Whose annotations and words count on workloads. */
  readonly dialect: Dialect;
  /** The API groups that the process serves. */
  readonly sides: readonly RestartSide[];
  readonly kind: ConsumerKind;
  readonly type: ResourceType;
  readonly consumers: ObjectStore<Consumer>;
  /** The workloads of all kinds that this installation restarts. */
  readonly allConsumers: Consumers;
  /** Rollouts that take their template from a Deployment; only for Deployments. */
  readonly rolloutOf: (consumer: Consumer) => Consumer | undefined;
  readonly contents: SourceContents;
  readonly prefixes: MarkerPrefixes;
  /** Whether a target that does not consume the Secret needs the annotation `restart: "true"`. */
  readonly needsAnnotation: boolean;
  readonly engine: RestartEngine;
  readonly ownPatches: OwnPatches;
  readonly healthySince: HealthySince;
  /** Why the last restart of a workload failed, until one succeeds: for its status. */
  readonly refusals: Map<ConsumerId, Failure>;
  readonly leftOut: LeftOutLog;
  /** The annotations that count on workloads. */
  readonly names: AnnotationNames;
  readonly podAges: Pick<PodAges, 'ask' | 'forget'>;
  /** Refuses writes after this process has lost the Lease. */
  readonly client: KubeReader & KubeWriter;
  /** Reads pods. */
  readonly reader: KubeReader & MetadataReader;
  readonly events: EventRecorder;
  readonly metrics: RestartMetrics;
  readonly clock: Clock;
  /** The event loop, shared by the rounds of all namespaces. */
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly logger: Logger;
}
