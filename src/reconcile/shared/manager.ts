/** The dependencies that the process gives to each controller of each dialect when it starts leading, as the manager of controller-runtime does. */
import type { Bounds } from '../../aws/cost/prices.ts';
import type { CredentialCheck } from '../../aws/port.ts';
import type { SecretWriter } from '../../aws/writer-port.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { DigestKey } from '../../base/digest.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import type { Config } from '../../config.ts';
import type { EventRecorder, KubeReader, KubeWriter, MetadataReader } from '../../kube/port.ts';
import type { StoreIdentityContext } from '../../resolve/store/resolve-store.ts';
import type { SourceEngine } from '../../source/engine-options.ts';
import type { Logger } from '../../telemetry/log/logger.ts';
import type { RestartMetrics } from '../../telemetry/metrics/restart-metrics.ts';
import type { SyncMetrics } from '../../telemetry/metrics/sync-metrics.ts';
import type { ClusterView } from '../../view/cluster-view.ts';
import type { ListedKinds } from '../../view/listed-kinds.ts';
import type { ChangeEvents } from '../../change-events/change-events.ts';
import type { ReferencedObjectVersions } from './referenced-objects.ts';
import type { StoreUsers } from './store-users.ts';
import type { Queues } from './queues.ts';
import type { RestartEngine } from './restart-engine.ts';

export interface Manager {
  readonly config: Config;
  readonly view: ClusterView;
  /** Which kinds have been listed in which namespaces. */
  readonly coverage: Pick<ListedKinds, 'isListed' | 'missing'>;
  readonly queues: Queues;
  /** Refuses writes after this process has lost the Lease. */
  readonly client: KubeReader & KubeWriter;
  /** Writes to AWS, with the same right: nothing is sent once this process has lost the lease. */
  readonly writer: SecretWriter;
  /** Reads pods. */
  readonly reader: KubeReader & MetadataReader;
  readonly events: EventRecorder;
  readonly source: SourceEngine;
  readonly changes: ChangeEvents;
  /** How stores are resolved. The stores themselves are in the view of a dialect. */
  readonly stores: StoreIdentityContext;
  readonly storeUsers: StoreUsers;
  readonly secrets: CredentialCheck;
  /** The estimated monthly cost of the calls with an identity. Undefined: no estimate yet. */
  readonly costs: { readonly estimate: (identity: string) => Bounds | undefined };
  /** Versions of the objects to which resources refer by name. */
  readonly referenced: ReferencedObjectVersions;
  readonly digestKey: DigestKey;
  /** The event loop, shared with all other long work. */
  readonly slices: TimeSlices;
  /** Undefined if this installation does not restart workloads. */
  readonly restarts: RestartEngine | undefined;
  readonly metrics: SyncMetrics;
  readonly restartMetrics: RestartMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}
