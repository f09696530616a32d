/** The dependencies that the process passes to each controller when it starts leading, like the manager of controller-runtime. */
import type { Dialect } from '../../api/dialect.ts';
import type { Bounds } from '../../aws/cost/prices.ts';
import type { CredentialCheck } from '../../aws/port.ts';
import type { SecretWriter } from '../../aws/secrets-manager/writer-port.ts';
import type { Clock } from '../../base/clock.ts';
import type { DigestKey } from '../../base/digest.ts';
import type { TimeSlices } from '../../base/time-slices.ts';
import type { Config } from '../../config.ts';
import type { EventRecorder, KubeReader, KubeWriter, MetadataReader } from '../../kube/port.ts';
import type { ResolveStoreContext } from '../../resolve/resolve-store.ts';
import type { SourceEngine } from '../../source/engine-options.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { SyncMetrics } from '../../telemetry/sync-metrics.ts';
import type { ClusterView } from '../../view/cluster-view.ts';
import type { Coverage } from '../../view/coverage.ts';
import type { ChangeEvents } from '../change-events/change-events.ts';
import type { ReferencedObjectVersions } from '../referenced-objects/referenced-objects.ts';
import type { StoreUsers } from '../secret-store/store-users.ts';
import type { Queues } from './queues.ts';

export interface Manager {
  readonly dialect: Dialect;
  readonly config: Config;
  readonly view: ClusterView;
  /** Which kinds have been listed in which namespaces. */
  readonly coverage: Pick<Coverage, 'isRead' | 'missingFor' | 'serves'>;
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
  readonly stores: ResolveStoreContext;
  readonly storeUsers: StoreUsers;
  readonly secrets: CredentialCheck;
  /** The estimated monthly cost of the calls with an identity. Undefined: no estimate yet. */
  readonly costs: { readonly estimate: (identity: string) => Bounds | undefined };
  /** Versions of the objects to which resources refer by name. */
  readonly referenced: ReferencedObjectVersions;
  readonly digestKey: DigestKey;
  /** The event loop, shared with all other long work. */
  readonly slices: TimeSlices;
  readonly metrics: SyncMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}
