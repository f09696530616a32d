/** The lists and watches that keep a view equal to the cluster: one reflector for each kind. */
import type { KubeObject, OwnObject } from '../api/object/object.ts';
import { groupResource, type ResourceType } from '../api/object/resource-type.ts';
import type { Clock } from '../base/time/clock.ts';
import type { DigestKey } from '../base/digest.ts';
import type { SlicedWork, TimeSlices } from '../base/time/time-slices.ts';
import type { ListWatcher } from '../kube/port.ts';
import type { KubeMetrics } from '../telemetry/metrics/kube-metrics.ts';
import type { Logger } from '../telemetry/log/logger.ts';
import type { EventHandler } from '../watch/port.ts';
import { Reflector, type ReflectorOptions } from '../watch/reflector.ts';
import type { Store } from '../watch/store.ts';
import { BudgetedStore, type Reduction } from './budgeted-store.ts';
import { type ClusterView, ownKind, ownStore, supportingStore } from './cluster-view.ts';
import type { OwnKind } from './own-kind.ts';
import type { AnySupportingKind, ReduceContext } from './supporting-kind.ts';
import type { BudgetedKind } from './read-again.ts';
import { inOrder } from './wake-rule.ts';

/** The handler for changes of the kind with this id (`WakeRule.id`). */
export type HandlerOf = (id: string) => EventHandler<KubeObject>;

/** The kinds that this installation watches. They follow from its controllers. */
export interface WatchedKinds {
  /** Those that controllers reconcile. */
  readonly own: readonly ResourceType[];
  /** The others that controllers read, each once. */
  readonly supporting: readonly AnySupportingKind[];
}

export interface ReflectorsOptions extends WatchedKinds {
  readonly watcher: ListWatcher;
  /** Empty: the whole cluster. */
  readonly namespaces: readonly string[];
  readonly digestKey: DigestKey;
  readonly clock: Clock;
  readonly metrics: KubeMetrics;
  readonly logger: Logger;
  /** The event loop: lists are processed in slices. */
  readonly slices: TimeSlices;
  /** The kind with this id was listed in a namespace (empty: in the whole cluster) for the first time. */
  readonly onSynced: (id: string, namespace: string) => void;
}

/** A reflector of any kind. */
export interface RunningReflector extends Pick<
  Reflector<KubeObject>,
  'kind' | 'hasListedOrFailed' | 'whenListedOrFailed' | 'isSynced' | 'scopes' | 'lastEventAt' | 'run'
> {
  /** The group resource of an own kind, the id of a supporting kind. */
  readonly id: string;
  /** Ids of kinds that are listed first. */
  readonly after: readonly string[];
}

/** One reflector for each kind that this installation watches. */
export function reflectorsOf(view: ClusterView, handlerOf: HandlerOf, options: ReflectorsOptions): readonly RunningReflector[] {
  const own = options.own.map((type) => reflectOwn(ownKind(view, type), handlerOf, options));
  const supporting = options.supporting.map((kind) => reflectSupporting(kind, view, handlerOf, options));
  return [...own, ...supporting];
}

type KindRequest<T extends KubeObject> = Omit<ReflectorOptions<T>['request'], 'type'>;

interface ReflectedKind<T extends KubeObject> {
  readonly id: string;
  readonly after?: readonly string[] | undefined;
  readonly type: ResourceType;
  readonly store: Store<T>;
  readonly handler: EventHandler<T>;
  readonly request: KindRequest<T>;
  readonly onListed?: ReflectorOptions<T>['onListed'];
}

function reflectOwn(kind: OwnKind<OwnObject>, handlerOf: HandlerOf, options: ReflectorsOptions): RunningReflector {
  const { type, store, omitted, take, released } = kind;
  const id = groupResource(type);
  const onListed = (namespace: string, work: SlicedWork): Promise<void> => kind.listed(namespace, work);
  return reflect({ id, type, store, handler: inOrder(released, handlerOf(id)), request: { transform: take, omitted }, onListed }, options);
}

function reflectSupporting(kind: AnySupportingKind, view: ClusterView, handlerOf: HandlerOf, options: ReflectorsOptions): RunningReflector {
  const { id, type, after, omitted, labelSelector, metadataOnly } = kind;
  const [store, reduce] = [supportingStore(view, kind), reductionOf(kind, view, options.digestKey)];
  const request: KindRequest<KubeObject> = {
    transform: store instanceof BudgetedStore ? (raw) => store.admit(raw, reduce) : reduce,
    ...(omitted !== undefined && { omitted }),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(metadataOnly !== undefined && { metadataOnly }),
  };
  const reflected = { id, type, after, store, handler: handlerOf(id), request };
  if (!(store instanceof BudgetedStore)) return reflect(reflected, options);
  const onListed = (namespace: string, work: SlicedWork): Promise<void> => store.listed(namespace, work);
  return reflect({ ...reflected, handler: inOrder(store.released, reflected.handler), onListed }, options);
}

function reductionOf({ reduce }: AnySupportingKind, view: ClusterView, digestKey: DigestKey): Reduction<KubeObject> {
  const context: ReduceContext = { own: (type) => ownStore(view, type), digestKey };
  return (raw) => reduce(raw, context);
}

/** The kinds with a budget, by their ids, as `readAllAgain` needs them. */
export function budgetedKinds(
  view: ClusterView,
  { own, supporting, digestKey }: Pick<ReflectorsOptions, 'own' | 'supporting' | 'digestKey'>,
): ReadonlyMap<string, BudgetedKind<OwnObject>> {
  const kinds = new Map<string, BudgetedKind<OwnObject>>(own.map((type) => [groupResource(type), ownKind(view, type)]));
  for (const kind of supporting) {
    const [store, reduce] = [supportingStore(view, kind), reductionOf(kind, view, digestKey)];
    if (store instanceof BudgetedStore) {
      kinds.set(kind.id, { ...kind, budget: store.budget, readAgain: (raw) => store.readAgain(raw, reduce) });
    }
  }
  return kinds;
}

function reflect<T extends KubeObject>(of: ReflectedKind<T>, options: ReflectorsOptions): RunningReflector {
  const { id, type, store, handler, request, onListed, after = [] } = of;
  const { watcher, namespaces, clock, metrics, logger, slices, onSynced } = options;
  const reflector = new Reflector<T>({
    listWatcher: watcher,
    ...(onListed !== undefined && { onListed }),
    request: { type, ...request },
    namespaces: type.namespaced && namespaces.length > 0 ? namespaces : [''],
    store,
    handlers: [handler],
    clock,
    slices,
    onSynced: (namespace) => onSynced(id, namespace),
    onFailure: (failure, namespace) => {
      metrics.watchRestarted(type.kind, failure.kind);
      logger.warn({ kind: type.kind, namespace, problem: failure.message }, 'list or watch failed; trying again');
    },
    onHandlerError: (error, { object: { metadata } }) => {
      logger.error({ err: error, kind: type.kind, namespace: metadata.namespace, name: metadata.name }, 'event handler threw');
    },
  });
  return Object.assign(reflector, { id, after });
}
