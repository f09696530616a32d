/** How the workloads of the cluster are kept: what decides about their restarts, found by what they consume. All are kept, also those that nobody restarts. */
import type { Dialect } from '../api/dialect.ts';
import { coreMetadata } from '../api/object/core-metadata.ts';
import { type Consumer, type ConsumerId, type ConsumerKind, consumerId, consumerKinds } from '../restart/consumer/consumer.ts';
import { consumerTypes } from '../restart/consumer/consumer-types.ts';
import { reduceConsumer } from '../restart/consumer/reduce-consumer.ts';
import type { ReloaderNames } from '../restart/reloader/annotation-names.ts';
import type { IndexFunction, Store } from '../watch/store.ts';
import { type ClusterView, ownStore } from './cluster-view.ts';
import { sourceId } from './indexes.ts';
import { bytesOf } from './object-cost.ts';
import type { OwnKindDefinition } from './own-kinds.ts';
import { omittedOf } from './reduced-objects.ts';

/** Most workloads are Deployments. */
const WEIGHTS: Readonly<Record<ConsumerKind, number>> = { Deployment: 9, StatefulSet: 2, DaemonSet: 1, Rollout: 2 };

/** `dialect`: the annotations of the workloads, and the name in metrics. `reloader`: the annotations of Stakater Reloader, if they count. */
export function consumerKindOf(
  kind: ConsumerKind,
  { annotations, metricSuffix }: Pick<Dialect, 'annotations' | 'metricSuffix'>,
  reloader?: ReloaderNames,
): OwnKindDefinition<Consumer> {
  const names = { ...annotations, reloader };
  return {
    type: consumerTypes[kind],
    metricSuffix,
    memoryWeight: WEIGHTS[kind],
    indexes: kind === 'Rollout' ? { ...consumerIndexes, workloadRef } : consumerIndexes,
    omitted: omittedOf.consumer,
    reduce: (raw) => reduceConsumer(kind, raw, names),
    costOf: costOfConsumer,
    nameOnly: nameOnlyConsumer,
  };
}

export const consumerIndexes = {
  /** `Secret/namespace/name` or `ConfigMap/namespace/name`. */
  consumes: ({ metadata, consumes }: Consumer) => consumes.map(({ kind, name }) => sourceId(kind, metadata.namespace ?? '', name)),

  /** For selectors, which hold in one namespace. */
  namespace: ({ metadata }: Consumer) => [metadata.namespace ?? ''],
} as const satisfies Readonly<Record<string, IndexFunction<Consumer>>>;

/** `Deployment/namespace/name`: the Deployment from which a Rollout takes its template. */
function workloadRef({ metadata, workloadRef: name }: Consumer): readonly string[] {
  return name === undefined ? [] : [consumerId('Deployment', metadata.namespace ?? '', name)];
}

/** Bytes. Measured with ten thousand workloads (`npm run bench -- workloads`), with their rows and indexes. */
const A_WORKLOAD = 1_024;
const A_REFERENCE = 320;
const A_KEY = 48;

export function costOfConsumer({ metadata, consumes, markers, settings, problems, owner, reloader }: Consumer): number {
  let bytes =
    A_WORKLOAD + bytesOf(metadata.labels) + bytesOf(markers) + bytesOf(problems) + bytesOf(settings) + bytesOf(owner) + bytesOf(reloader);
  for (const { name, keys } of consumes) {
    bytes += A_REFERENCE + 2 * name.length;
    if (keys !== 'all') for (const key of keys) bytes += A_KEY + key.length;
  }
  return bytes;
}

/**
 * Nothing is known of its references and markers, and it is not restarted. `bytes`: the memory that the whole object would need.
 */
export function nameOnlyConsumer({ apiVersion, kind, metadata, settings, rollout }: Consumer, bytes: number): Consumer {
  return {
    apiVersion,
    kind,
    metadata: coreMetadata(metadata),
    consumes: [],
    hasMoreReferences: true,
    markers: {},
    hasMoreMarkers: true,
    settings,
    problems: [],
    rollout,
    notKept: bytes,
  };
}

/** The workloads of a kind. Empty for a kind that this installation does not restart. */
export function consumersOf(view: ClusterView, kind: ConsumerKind): Store<Consumer> {
  return ownStore<Consumer>(view, consumerTypes[kind], consumerIndexes);
}

/** All workloads of all kinds. */
export function* consumersIn(view: ClusterView): Generator<ConsumerId> {
  for (const kind of consumerKinds) {
    for (const { metadata } of consumersOf(view, kind).list()) yield consumerId(kind, metadata.namespace ?? '', metadata.name);
  }
}
