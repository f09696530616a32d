/** The lists and watches that keep a view equal to the cluster: one reflector for each kind. */
import { builtin } from '../api/builtin-types.ts';
import type { Dialect } from '../api/dialect.ts';
import type { KubeObject, OwnObject, SecretObject } from '../api/object.ts';
import type { ResourceType } from '../api/resource-type.ts';
import { reduceSecret } from '../apply/managed-secret.ts';
import type { Clock } from '../base/clock.ts';
import type { TimeSlices } from '../base/time-slices.ts';
import type { DigestKey } from '../base/digest.ts';
import type { ListWatcher, Omitted } from '../kube/port.ts';
import { workloadKinds, workloadTypes } from '../api/workload-kinds.ts';
import { reduceWorkload } from '../restart/workload.ts';
import type { KubeMetrics } from '../telemetry/kube-metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Reflector, type ReflectorOptions } from '../watch/reflector.ts';
import type { Store } from '../watch/store.ts';
import type { EventHandler } from '../watch/port.ts';
import { type ClusterView, ownKind, type SupportingKind } from './cluster-view.ts';
import { writersOf } from './indexes.ts';
import type { OwnKind } from './own-kind.ts';
import { omittedOf, reduceNamespace } from './reduced-objects.ts';
import { inOrder } from './wake-rule.ts';

/** The handler for changes of a kind. All kinds of workloads have one handler ("Workload"). */
export type HandlerOf = (kind: string) => EventHandler<KubeObject>;

export interface ReflectorsOptions {
  /** The dialect of the group whose kinds are watched. */
  readonly dialect: Dialect;
  readonly watcher: ListWatcher;
  /** Empty: the whole cluster. */
  readonly namespaces: readonly string[];
  /** Names of the kinds that controllers of this installation reconcile. */
  readonly own: readonly string[];
  /** The other kinds that those controllers read. */
  readonly supporting: ReadonlySet<SupportingKind>;
  readonly digestKey: DigestKey;
  readonly clock: Clock;
  readonly metrics: KubeMetrics;
  readonly logger: Logger;
  /** The event loop: lists are processed in slices. */
  readonly slices: TimeSlices;
  /** A kind was listed in a namespace (empty: in the whole cluster) for the first time. */
  readonly onSynced: (kind: string, namespace: string) => void;
}

/** A reflector of any kind. */
export type RunningReflector = Pick<
  Reflector<KubeObject>,
  'kind' | 'hasSettled' | 'whenSettled' | 'isSynced' | 'scopes' | 'lastEventAt' | 'run'
>;

/** One reflector for each kind that this installation watches. */
export function reflectorsOf(view: ClusterView, handlerOf: HandlerOf, options: ReflectorsOptions): readonly RunningReflector[] {
  const own = options.own.map((kind) => reflectOwn(ownKind(view.own, kind), handlerOf(kind), options));
  const supporting = Array.from(options.supporting, (kind) => supportingReflectors[kind](view, handlerOf(kind), options));
  return [...own, ...supporting.flat()];
}

type MakeReflectors = (view: ClusterView, handler: EventHandler<KubeObject>, options: ReflectorsOptions) => readonly RunningReflector[];

const supportingReflectors: Readonly<Record<SupportingKind, MakeReflectors>> = {
  Secret: (view, handler, options) => [
    reflect(builtin.secret, view.managedSecrets, handler, options, {
      transform: (raw) => reduceSecret(options, raw as SecretObject, writersOf(raw.metadata, view.externalSecrets)),
      labelSelector: `${options.dialect.labels.managed}=true`,
    }),
  ],
  Namespace: (view, handler, options) => [
    reflect(builtin.namespace, view.namespaces, handler, options, {
      transform: reduceNamespace,
      omitted: omittedOf.namespace,
      metadataOnly: true,
    }),
  ],
  Workload: (view, handler, options) =>
    workloadKinds.map((kind) =>
      reflect(workloadTypes[kind], view.workloads[kind], handler, options, {
        transform: (raw) => reduceWorkload(kind, raw, options.dialect.annotations.restartPrefix),
        omitted: omittedOf.workload,
      }),
    ),
};

interface KindRead<T> {
  readonly transform: (raw: KubeObject) => T;
  readonly omitted?: Omitted;
  readonly labelSelector?: string;
  readonly metadataOnly?: boolean;
}

function reflectOwn<T extends OwnObject>(kind: OwnKind<T>, handler: EventHandler<T>, options: ReflectorsOptions): RunningReflector {
  const { type, store, omitted, take, released } = kind;
  return reflect(type, store, inOrder(released, handler), options, { transform: take, omitted }, (namespace, work) =>
    kind.listed(namespace, work),
  );
}

function reflect<T extends KubeObject>(
  type: ResourceType,
  store: Store<T>,
  handler: EventHandler<T>,
  options: ReflectorsOptions,
  read: KindRead<T>,
  onListed?: ReflectorOptions<T>['onListed'],
): RunningReflector {
  const { watcher, namespaces, clock, metrics, logger, slices, onSynced } = options;
  const scopes = type.namespaced && namespaces.length > 0 ? namespaces : [''];
  return new Reflector<T>({
    listWatcher: watcher,
    ...(onListed !== undefined && { onListed }),
    request: { type, ...read },
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
