/** The dependencies of the reconciler of SecretStores and ClusterSecretStores; controller.ts provides them. */
import type { Dialect } from '../../api/dialect.ts';
import type { ResourceType } from '../../api/object/resource-type.ts';
import type { StoreObject, StoreStatus } from '../../api/schema/secret-store.ts';
import type { Identity } from '../../aws/credentials/identity.ts';
import type { CredentialCheck } from '../../aws/port.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { Key } from '../../base/key.ts';
import type { EventRecorder, KubeReader, KubeWriter } from '../../kube/port.ts';
import type { StoreIdentityContext } from '../../resolve/store/resolve-store.ts';
import type { EventsFinding, StoreReadState } from '../../status/store-status.ts';
import type { Logger } from '../../telemetry/log/logger.ts';
import type { SyncMetrics } from '../../telemetry/metrics/sync-metrics.ts';
import type { ShareOfBudget } from '../../watch/kept-budget.ts';
import type { ObjectStore, ReferencedObjects } from '../../watch/port.ts';
import type { OwnStatuses } from '../shared/own-statuses.ts';

export interface SecretStoreContext {
  readonly dialect: Pick<Dialect, 'words'>;
  readonly type: ResourceType;
  readonly resources: ObjectStore<StoreObject>;
  /** The share of a namespace in the memory for objects of this kind. */
  readonly shareOf: (namespace: string) => ShareOfBudget;
  readonly ownStatuses: OwnStatuses<StoreStatus>;
  readonly stores: StoreIdentityContext;
  readonly secrets: CredentialCheck;
  readonly client: KubeReader & KubeWriter;
  readonly referenced: ReferencedObjects;
  /** The finding about change events. `identity`: the identity of the store, if known. */
  readonly changeEvents: (store: StoreObject, identity: Identity | undefined) => EventsFinding;
  /** The state of reads with the identity. Undefined: the store has no identity now. A change of the state enqueues the store. */
  readonly reading: (key: Key, identity: Identity | undefined) => StoreReadState | undefined;
  readonly events: EventRecorder;
  readonly metrics: SyncMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}
