/** The controller of ExternalSecrets. */
import type { Dialect } from '../../api/dialect.ts';
import { groupResource } from '../../api/object/resource-type.ts';
import { priority } from '../../base/priority.ts';
import { capacityFor } from '../../base/sharing/fair-share.ts';
import type { Config } from '../../config.ts';
import { limitedClient } from '../../kube/limited-client.ts';
import { ApiServerLimit } from '../../queue/api-server-limit.ts';
import type { Enqueuer, Reconcile } from '../../queue/port.ts';
import { keyOfObject } from '../../watch/store.ts';
import { plainRenderer } from '../../render/render-secret.ts';
import { consumerKinds } from '../../restart/consumer/consumer.ts';
import { consumerTypes } from '../../restart/consumer/consumer-types.ts';
import { referenceKey } from '../../source/references/reference-key.ts';
import { type ClusterView, ownKind } from '../../view/cluster-view.ts';
import type { RequiredKinds } from '../../view/listed-kinds.ts';
import { consumersOf } from '../../view/consumer-kinds.ts';
import { dialectView } from '../../view/dialect-view.ts';
import { anyKind, externalSecretKind } from '../../view/own-kinds.ts';
import { type AnySupportingKind, anySupporting } from '../../view/supporting-kind.ts';
import { managedSecretKind, namespaceKind } from '../../view/supporting-kinds.ts';
import { ageOfExternalSecret, anyFigures } from '../../view/freshness/sync-rows.ts';
import { onOwn, onSupporting, type WakeRule } from '../../view/wake-rule.ts';
import { onExternalSecret, onManagedSecret, onNamespace, onTarget, onUsedStore, type WakeContext } from '../../view/wake-rules.ts';
import type { ReferencedObjects } from '../../watch/port.ts';
import type { Controller, StartedController } from '../shared/controller.ts';
import type { Manager } from '../shared/manager.ts';
import { metricsOf } from '../shared/metrics-of.ts';
import { OwnStatuses } from '../shared/own-statuses.ts';
import type { ExternalSecretContext } from './context.ts';
import { externalSecretDefinition } from './definition.ts';
import { DriftGuard } from './limits/drift-guard.ts';
import { ForceSyncs } from './limits/force-syncs.ts';
import { MissingStores } from './limits/missing-stores.ts';
import { reportNotListed } from './not-listed.ts';
import { endWithoutSync, reconcileExternalSecret } from './reconcile.ts';
import { referencesOf } from './sources/references.ts';
import { externalSecretRights } from './rights.ts';
import { servedOnly } from './served-only.ts';
import { WriterQueue } from './limits/writer-queue.ts';

/** Share of the keys in work that may use the API server at the same time. */
const API_SERVER_SHARE = 1 / 4;

const CONSUMERS: readonly string[] = consumerKinds.map((kind) => groupResource(consumerTypes[kind]));

export function externalSecretController(dialect: Dialect): Controller {
  return {
    name: `externalsecret${dialect.metricSuffix}`,
    dialect,
    kind: anyKind(externalSecretKind(dialect)),
    definition: externalSecretDefinition,
    isEnabled: () => true,
    workers: ({ concurrency }) => capacityFor(concurrency),
    sharesWorkers: true,
    watches: (config) => watchedKinds(dialect, config),
    wakes: (view, queue, walks) => wakeRulesOf(dialect, view, { queue, walks }),
    requires: requiredKinds(dialect),
    subscribes: true,
    figures: anyFigures({ ageOf: ageOfExternalSecret }),
    rights: externalSecretRights(dialect),
    start: (manager) => start(dialect, manager),
  };
}

function watchedKinds(dialect: Dialect, { clusterStores }: Config): readonly AnySupportingKind[] {
  return [anySupporting(managedSecretKind(dialect)), ...(clusterStores ? [namespaceKind] : [])];
}

/** One that uses a ClusterSecretStore needs more than the others. */
function requiredKinds(dialect: Dialect): RequiredKinds {
  const { externalSecret, secretStore, clusterSecretStore } = dialect.kinds;
  return {
    always: [groupResource(externalSecret), groupResource(secretStore), managedSecretKind(dialect).id],
    sometimes: [groupResource(clusterSecretStore), namespaceKind.id],
  };
}

function wakeRulesOf(dialect: Dialect, view: ClusterView, queued: Pick<WakeContext, 'queue' | 'walks'>): readonly WakeRule[] {
  const { kinds, annotations } = dialect;
  const { externalSecrets } = dialectView(view, dialect);
  const context = { externalSecrets, ...queued };
  return [
    onOwn(kinds.externalSecret, onExternalSecret(context, annotations.forceSync)),
    onOwn(kinds.secretStore, onUsedStore('SecretStore', context)),
    onOwn(kinds.clusterSecretStore, onUsedStore('ClusterSecretStore', context)),
    onSupporting(namespaceKind, onNamespace(context)),
    onSupporting(managedSecretKind(dialect), onManagedSecret(context)),
    ...consumerKinds.map((kind) => onOwn(consumerTypes[kind], onTarget(context))),
  ];
}

function start(dialect: Dialect, manager: Manager): StartedController {
  const { clock, config, queues } = manager;
  const queue = queues.of(groupResource(dialect.kinds.externalSecret));
  const limit = new ApiServerLimit({ clock, width: Math.ceil(config.concurrency * API_SERVER_SHARE) });
  const [context, requires] = [contextOf(dialect, manager, queue), requiredKinds(dialect)];
  const reconcile: Reconcile = async (key, signal, recorded) => {
    using permit = limit.of(key, queue.priorityOf(key));
    const client = limitedClient(context.client, () => permit.begin());
    return await reconcileServed({ ...context, client, recorded }, requires, manager)(key, signal, recorded);
  };
  return {
    reconcile,
    isWaiting: (key) => limit.isWaiting(key),
  };
}

function reconcileServed(context: ExternalSecretContext, requires: RequiredKinds, { coverage }: Pick<Manager, 'coverage'>): Reconcile {
  return servedOnly((key, signal) => reconcileExternalSecret(key, context, signal), {
    coverage,
    requires,
    resources: context.resources,
    reportMissing: async (resource, missing, signal) => {
      endWithoutSync(keyOfObject(resource), context);
      const result = await reportNotListed(resource, missing, context, signal);
      if (result.kind === 'done') context.recorded();
      return result;
    },
  });
}

/** `recorded` is another function for each reconcile. */
function contextOf(dialect: Dialect, manager: Manager, queue: Enqueuer): Omit<ExternalSecretContext, 'recorded'> {
  const { config, coverage, clock, source } = manager;
  const view = dialectView(manager.view, dialect);
  const { budget } = ownKind(manager.view, dialect.kinds.externalSecret);
  const { client, events, logger, digestKey, slices } = manager;
  return {
    dialect,
    stores: { ...manager.stores, ...view },
    client,
    events,
    metrics: metricsOf(manager.metrics, dialect),
    clock,
    logger,
    digestKey,
    slices,
    source,
    controller: groupResource(dialect.kinds.externalSecret),
    resources: view.externalSecrets,
    shareOf: (namespace) => budget.shareOf(namespace),
    managedSecrets: view.managedSecrets,
    restarts: manager.restarts,
    workloads: (kind) => consumersOf(manager.view, kind),
    isRead: (kind, namespace) => coverage.isListed(groupResource(consumerTypes[kind]), namespace),
    areAllRead: (namespace) => coverage.missing(CONSUMERS, namespace).length === 0,
    referencesOf,
    keyOfReference: referenceKey,
    renderer: plainRenderer(dialect.reservedDomains),
    defaultRefreshInterval: config.defaultRefreshInterval,
    drift: new DriftGuard(clock),
    forceSyncs: new ForceSyncs(clock, (namespace) => view.externalSecrets.countIn(namespace)),
    ownStatuses: new OwnStatuses(),
    missingStores: new MissingStores(clock, dialect.words),
    writerQueue: new WriterQueue((writer) => queue.add(writer, priority.change)),
    referenced: referencedObjectsFor(dialect, manager, queue),
  };
}

function referencedObjectsFor(dialect: Dialect, { logger, referenced }: Manager, queue: Enqueuer): ReferencedObjects {
  return referenced.for({
    isCached: false,
    wake: (key) => {
      logger.debug({ kind: dialect.kinds.externalSecret.kind, key }, 'woken by a referenced object');
      queue.add(key, priority.change);
    },
  });
}
