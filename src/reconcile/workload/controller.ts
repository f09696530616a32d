/** The controllers of workloads: one for each kind. They restart a workload for all sources that it consumes, of all API groups that the process serves. */
import type { Dialect } from '../../api/dialect.ts';
import { groupResource } from '../../api/object/resource-type.ts';
import { priority } from '../../base/priority.ts';
import type { Config } from '../../config.ts';
import { reloaderOf } from '../../config/reloader-settings.ts';
import { type Consumer, type ConsumerKind, consumerKinds } from '../../restart/consumer/consumer.ts';
import { consumerTypes } from '../../restart/consumer/consumer-types.ts';
import type { ReloaderOptions } from '../../restart/reloader/options.ts';
import { PodAges } from '../../restart/pods/pod-ages.ts';
import { markerPrefixes } from '../../restart/source/marker.ts';
import { ownStore } from '../../view/cluster-view.ts';
import { consumerKindOf, consumersOf } from '../../view/consumer-kinds.ts';
import { anyKind } from '../../view/own-kinds.ts';
import { anySupporting } from '../../view/supporting-kind.ts';
import { managedSecretKind, namespaceKind } from '../../view/supporting-kinds.ts';
import type { Controller, StartedController } from '../shared/controller.ts';
import type { Manager } from '../shared/manager.ts';
import { RestartSpecs } from '../shared/restart-specs.ts';
import type { WorkloadContext } from './context.ts';
import { HealthySince } from './healthy-since.ts';
import { LeftOutLog } from './left-out.ts';
import { OwnPatches } from './own-patches.ts';
import { reconcileWorkload } from './reconcile.ts';
import { workloadRights } from './rights.ts';
import { sidesOf } from './sides.ts';
import { contentsOf, managedContents } from './source-contents.ts';
import { workloadWakes } from './wakes.ts';

/**
 * A round that restarts waits for the ledger, whose writes many rounds share, and then for its patch; the others need no request. So half of them patch while the others wait.
 */
const WORKERS = 32;

/**
 * `dialects`: the API groups that the process serves. The first one has the annotations of workloads. `reloader`: what the annotations of Stakater Reloader
 * mean, if they count.
 */
export function workloadControllers(dialects: readonly [Dialect, ...Dialect[]], reloader?: ReloaderOptions): readonly Controller[] {
  return consumerKinds.map((kind) => workloadController(kind, dialects, reloader));
}

function workloadController(
  kind: ConsumerKind,
  dialects: readonly [Dialect, ...Dialect[]],
  reloader: ReloaderOptions | undefined,
): Controller {
  const [dialect] = dialects;
  const definition = consumerKindOf(kind, dialect, reloader?.names);
  const selectsNamespaces = reloader !== undefined && reloader.namespaceSelector.length > 0;
  const externalSecrets = dialects.map(({ kinds }) => groupResource(kinds.externalSecret));
  return {
    name: kind.toLowerCase(),
    dialect,
    kind: anyKind(definition),
    isEnabled: (config) => isRestarted(kind, config),
    workers: () => WORKERS,
    sharesWorkers: true,
    watches: () => [...dialects.map((one) => anySupporting(managedSecretKind(one))), ...(selectsNamespaces ? [namespaceKind] : [])],
    wakes: (view, queue, walks) =>
      workloadWakes(sidesOf(dialects, view), {
        kind,
        type: definition.type,
        consumers: ownStore(view, definition.type),
        specs: new RestartSpecs(),
        queue,
        walks,
        selectsNamespaces,
      }),
    requires: {
      always: [groupResource(definition.type), ...externalSecrets, ...dialects.map((one) => managedSecretKind(one).id)],
      sometimes: [],
    },
    subscribes: false,
    rights: workloadRights(kind),
    start: (manager) => start(kind, dialects, manager),
  };
}

function isRestarted(kind: ConsumerKind, { restart, argoRollouts }: Config): boolean {
  return restart && (kind !== 'Rollout' || argoRollouts);
}

function start(kind: ConsumerKind, dialects: readonly [Dialect, ...Dialect[]], manager: Manager): StartedController {
  const { clock, queues, reader } = manager;
  const type = consumerTypes[kind];
  const queue = queues.of(groupResource(type));
  const podAges = new PodAges({ clock, client: reader, onAnswer: (key) => queue.add(key, priority.change) });
  const context = contextOf(kind, dialects, manager, podAges);
  return {
    reconcile: (key, signal) => reconcileWorkload(key, context, signal),
    parts: { 'pod ages': (end) => podAges.run(end) },
  };
}

function contextOf(
  kind: ConsumerKind,
  dialects: readonly [Dialect, ...Dialect[]],
  { view, config, client, reader, events, restarts, restartMetrics, clock, slices, logger }: Manager,
  podAges: PodAges,
): WorkloadContext {
  if (restarts === undefined) throw new TypeError('workloads are reconciled without a restart engine');
  const [dialect] = dialects;
  const sides = sidesOf(dialects, view);
  const prefixes = markerPrefixes(dialect.annotations);
  const rollouts = ownStore<Consumer>(view, consumerTypes.Rollout);
  return {
    dialect,
    sides,
    kind,
    type: consumerTypes[kind],
    consumers: consumersOf(view, kind),
    allConsumers: new Map(consumerKinds.filter((one) => isRestarted(one, config)).map((one) => [one, consumersOf(view, one)])),
    rolloutOf: ({ metadata: { namespace = '', name } }) =>
      kind === 'Deployment' && config.argoRollouts ? rollouts.byIndex('workloadRef', `Deployment/${namespace}/${name}`)[0] : undefined,
    contents: contentsOf(managedContents({ sides, prefixes, client }), restarts.reloader?.foreign),
    prefixes,
    needsAnnotation: config.restartTargetsWithoutReference === 'Annotated',
    engine: restarts,
    ownPatches: new OwnPatches(),
    healthySince: new HealthySince(),
    refusals: new Map(),
    leftOut: new LeftOutLog(),
    names: { ...dialect.annotations, reloader: reloaderOf(config)?.names },
    podAges,
    client,
    reader,
    events,
    metrics: restartMetrics,
    slices,
    clock,
    logger,
  };
}
