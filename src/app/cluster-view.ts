/** The operator's picture of the cluster: one store and one reflector for each kind, with as little of each object as is needed. */
import type { ExternalSecretObject } from '../api/external-secret.ts';
import { builtin, names, type ResourceType } from '../api/names.ts';
import type { KubeObject, OwnObject, SecretObject } from '../api/object.ts';
import type { StoreObject } from '../api/secret-store.ts';
import { reduceSecret, type ManagedSecret } from '../apply/managed-secret.ts';
import type { Clock } from '../base/clock.ts';
import type { TimeSlices } from '../base/time-slices.ts';
import type { DigestKey } from '../base/digest.ts';
import { memoryForObjects } from '../base/usable-memory.ts';
import type { ListWatcher, Omitted } from '../kube/port.ts';
import { workloadKinds, type Workload, type WorkloadKind } from '../restart/port.ts';
import { reduceWorkload } from '../restart/workload.ts';
import type { KubeMetrics } from '../telemetry/kube-metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Reflector } from '../watch/reflector.ts';
import { Store } from '../watch/store.ts';
import type { EventHandler } from '../watch/port.ts';
import { controllerOf, externalSecretIndexes, writersOf } from './indexes.ts';
import { nameOnlyExternalSecret, nameOnlyStore } from './not-kept.ts';
import { costOfExternalSecret, costOfStore } from './object-cost.ts';
import { OwnKind } from './own-kind.ts';
import { omittedOf, reduceExternalSecret, reduceNamespace, reduceStore } from './reduced-objects.ts';
import { inOrder } from './sync-rows.ts';

export interface ClusterView {
  readonly externalSecrets: Store<ExternalSecretObject>;
  readonly secretStores: Store<StoreObject>;
  readonly clusterSecretStores: Store<StoreObject>;
  readonly namespaces: Store<KubeObject>;
  readonly managedSecrets: Store<ManagedSecret>;
  readonly workloads: Readonly<Record<WorkloadKind, Store<Workload>>>;
  /** The kinds of which only so much is kept. */
  readonly own: OwnKinds;
}

export interface OwnKinds {
  readonly externalSecret: OwnKind<ExternalSecretObject>;
  readonly secretStore: OwnKind<StoreObject>;
  readonly clusterSecretStore: OwnKind<StoreObject>;
}

/** Parts of the memory for objects. Apart from each other, so that a namespace full of ExternalSecrets still has its stores. */
const PART_OF_SECRET_STORES = 0.12;
const PART_OF_CLUSTER_STORES = 0.08;

/** `memory`: bytes for the objects of the operator's own kinds. */
export function createClusterView(memory = memoryForObjects()): ClusterView {
  const externalSecrets = new Store<ExternalSecretObject>({ indexes: externalSecretIndexes });
  const secretStores = new Store<StoreObject>();
  const clusterSecretStores = new Store<StoreObject>();
  return {
    externalSecrets,
    secretStores,
    clusterSecretStores,
    own: {
      externalSecret: new OwnKind({
        type: names.kinds.externalSecret,
        store: externalSecrets,
        total: memory * (1 - PART_OF_SECRET_STORES - PART_OF_CLUSTER_STORES),
        omitted: omittedOf.externalSecret,
        reduce: reduceExternalSecret,
        costOf: costOfExternalSecret,
        nameOnly: nameOnlyExternalSecret,
      }),
      secretStore: ownStores(names.kinds.secretStore, secretStores, memory * PART_OF_SECRET_STORES),
      clusterSecretStore: ownStores(names.kinds.clusterSecretStore, clusterSecretStores, memory * PART_OF_CLUSTER_STORES),
    },
    namespaces: new Store(),
    managedSecrets: new Store<ManagedSecret>({ indexes: { controller: controllerOf } }),
    workloads: { Deployment: new Store(), StatefulSet: new Store(), DaemonSet: new Store() },
  };
}

function ownStores(type: OwnKind<StoreObject>['type'], store: Store<StoreObject>, total: number): OwnKind<StoreObject> {
  return new OwnKind({ type, store, total, omitted: omittedOf.store, reduce: reduceStore, costOf: costOfStore, nameOnly: nameOnlyStore });
}

export interface ViewHandlers {
  readonly externalSecret: EventHandler<ExternalSecretObject>;
  readonly secretStore: EventHandler<StoreObject>;
  readonly clusterSecretStore: EventHandler<StoreObject>;
  readonly namespace: EventHandler<KubeObject>;
  readonly managedSecret: EventHandler<ManagedSecret>;
  readonly workload: EventHandler<Workload>;
}

export interface ViewOptions {
  readonly watcher: ListWatcher;
  /** Empty: the whole cluster. */
  readonly namespaces: readonly string[];
  /** Whether ClusterSecretStores, and with them namespaces, are watched. */
  readonly clusterStores: boolean;
  /** Whether workloads are watched, for restarts. */
  readonly restarts: boolean;
  readonly digestKey: DigestKey;
  readonly clock: Clock;
  readonly metrics: KubeMetrics;
  readonly logger: Logger;
  /** The event loop: lists are taken in by slices. */
  readonly slices: TimeSlices;
  /** A kind was listed in a namespace (empty: in the whole cluster) for the first time. */
  readonly onSynced: (kind: string, namespace: string) => void;
}

const WORKLOAD_TYPES: Readonly<Record<WorkloadKind, ResourceType>> = {
  Deployment: builtin.deployment,
  StatefulSet: builtin.statefulSet,
  DaemonSet: builtin.daemonSet,
};

/** A reflector, whatever its objects are. */
export type RunningReflector = Pick<
  Reflector<KubeObject>,
  'kind' | 'hasSettled' | 'whenSettled' | 'isSynced' | 'scopes' | 'lastEventAt' | 'run'
>;

/** One reflector for each kind that this installation watches. */
export function reflectorsOf(view: ClusterView, handlers: ViewHandlers, options: ViewOptions): readonly RunningReflector[] {
  const { externalSecret, secretStore, clusterSecretStore } = view.own;
  const custom = [
    reflectOwn(externalSecret, handlers.externalSecret, options),
    reflectOwn(secretStore, handlers.secretStore, options),
    reflect(builtin.secret, view.managedSecrets, handlers.managedSecret, options, {
      transform: (raw) => reduceSecret(options.digestKey, raw as SecretObject, writersOf(raw.metadata, view.externalSecrets)),
      labelSelector: `${names.labels.managed}=true`,
    }),
  ];
  const cluster = [
    reflectOwn(clusterSecretStore, handlers.clusterSecretStore, options),
    reflect(builtin.namespace, view.namespaces, handlers.namespace, options, {
      transform: reduceNamespace,
      omitted: omittedOf.namespace,
      metadataOnly: true,
    }),
  ];
  const workloads = workloadKinds.map((kind) =>
    reflect(WORKLOAD_TYPES[kind], view.workloads[kind], handlers.workload, options, {
      transform: (raw) => reduceWorkload(kind, raw),
      omitted: omittedOf.workload,
    }),
  );
  return [...custom, ...(options.clusterStores ? cluster : []), ...(options.restarts ? workloads : [])];
}

interface Reading<T> {
  readonly transform: (raw: KubeObject) => T;
  readonly omitted?: Omitted;
  readonly labelSelector?: string;
  readonly metadataOnly?: boolean;
}

function reflectOwn<T extends OwnObject>(kind: OwnKind<T>, handler: EventHandler<T>, options: ViewOptions): RunningReflector {
  const { type, store, omitted, take, released } = kind;
  return reflect(type, store, inOrder(released, handler), options, { transform: take, omitted }, (namespace) => kind.listed(namespace));
}

function reflect<T extends KubeObject>(
  type: ResourceType,
  store: Store<T>,
  handler: EventHandler<T>,
  options: ViewOptions,
  reading: Reading<T>,
  onListed: (namespace: string) => void = () => undefined,
): RunningReflector {
  const { watcher, namespaces, clock, metrics, logger, slices, onSynced } = options;
  const scopes = type.namespaced && namespaces.length > 0 ? namespaces : [''];
  return new Reflector<T>({
    listWatcher: watcher,
    onListed,
    request: { type, ...reading },
    namespaces: scopes,
    store,
    handlers: [handler],
    clock,
    slices,
    onSynced: (namespace) => onSynced(type.kind, namespace),
    onFailure: (failure, namespace) => {
      metrics.watchRestarted(type.kind, failure.kind);
      logger.warn({ kind: type.kind, namespace, problem: failure.message }, 'list or watch failed; trying again');
    },
    onHandlerError: (error, { object: { metadata } }) => {
      logger.error({ err: error, kind: type.kind, namespace: metadata.namespace, name: metadata.name }, 'event handler threw');
    },
  });
}
