/** The dependencies of the ExternalSecret reconciler; controller.ts provides them. */
import type { Dialect } from '../../api/dialect.ts';
import type { ExternalSecretObject, ExternalSecretSpec } from '../../api/schema/external-secret.ts';
import type { ExternalSecretStatus } from '../../api/schema/external-secret-status.ts';
import type { ManagedSecret } from '../../apply/managed-secret.ts';
import type { Clock, Ms } from '../../base/time/clock.ts';
import type { DigestKey } from '../../base/digest.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import type { EventRecorder, KubeReader, KubeWriter } from '../../kube/port.ts';
import type { Renderer } from '../../render/port.ts';
import type { NamedReference } from '../../resolve/entries/plan-references.ts';
import type { ResolveStoreContext } from '../../resolve/store/resolve-store.ts';
import type { Consumer, ConsumerKind } from '../../restart/consumer/consumer.ts';
import type { Logger } from '../../telemetry/log/logger.ts';
import type { SyncMetrics } from '../../telemetry/metrics/sync-metrics.ts';
import type { ReferenceKey, RemoteReference, SecretSource } from '../../source/port.ts';
import type { ShareOfBudget } from '../../watch/kept-budget.ts';
import type { ObjectStore, ReferencedObjects, RefinableStore } from '../../watch/port.ts';
import type { OwnStatuses } from '../shared/own-statuses.ts';
import type { RestartEngine } from '../shared/restart-engine.ts';
import type { DriftGuard } from './limits/drift-guard.ts';
import type { ForceSyncs } from './limits/force-syncs.ts';
import type { MissingStores } from './limits/missing-stores.ts';
import type { WriterQueue } from './limits/writer-queue.ts';

export interface ExternalSecretContext {
  /** The dialect of the API group of the ExternalSecrets. */
  readonly dialect: Dialect;
  /** The controller part of the keys in the source engine. */
  readonly controller: string;
  readonly resources: ObjectStore<ExternalSecretObject>;
  /** The share of a namespace in the memory for ExternalSecrets. */
  readonly shareOf: (namespace: string) => ShareOfBudget;
  readonly managedSecrets: RefinableStore<ManagedSecret>;
  /** Undefined if the installation does not restart workloads. */
  readonly restarts: Pick<RestartEngine, 'view' | 'retire' | 'problem' | 'lastRestarts' | 'healthyContents'> | undefined;
  /** The workloads of a kind; none of a kind that the installation does not restart. */
  readonly workloads: (kind: ConsumerKind) => ObjectStore<Consumer>;
  /** Whether the workloads of this kind have been listed in this namespace. If not, a workload can exist that is not in `workloads`. */
  readonly isRead: (kind: ConsumerKind, namespace: string) => boolean;
  /** Whether the workloads of each kind that the installation restarts have been listed in this namespace. */
  readonly areAllRead: (namespace: string) => boolean;
  readonly stores: ResolveStoreContext;
  /** The references of a specification, each with the store that it names. */
  readonly referencesOf: (spec: ExternalSecretSpec) => readonly NamedReference[];
  readonly source: SecretSource;
  readonly keyOfReference: (reference: RemoteReference) => ReferenceKey;
  readonly renderer: Renderer;
  /** Refuses writes after this process has lost the Lease. */
  readonly client: KubeReader & KubeWriter;
  readonly digestKey: DigestKey;
  readonly defaultRefreshInterval: Ms;
  readonly drift: DriftGuard;
  readonly forceSyncs: ForceSyncs;
  readonly ownStatuses: OwnStatuses<ExternalSecretStatus>;
  /** The event loop, shared by the reconciles of all namespaces. */
  readonly slices: TimeSlices;
  readonly missingStores: MissingStores;
  readonly writerQueue: WriterQueue;
  /** Objects without the label of the operator whose changes must enqueue a resource. */
  readonly referenced: ReferencedObjects;
  /** The result of this reconcile is recorded in the API, as content or as a failure in the status. */
  readonly recorded: () => void;
  readonly events: EventRecorder;
  readonly metrics: SyncMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}
