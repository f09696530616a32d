/** The controller of ExternalSecrets. */
import type { Dialect } from '../../api/dialect.ts';
import { groupResource } from '../../api/resource-type.ts';
import { priority } from '../../base/priority.ts';
import { placesFor } from '../../base/share-of-free.ts';
import type { Config } from '../../config.ts';
import { limitedClient } from '../../kube/limited-client.ts';
import { ApiServerLimit } from '../../queue/api-server-limit.ts';
import type { Enqueuer } from '../../queue/port.ts';
import { plainRenderer } from '../../render/render-secret.ts';
import { PodAges } from '../../restart/pod-ages.ts';
import { RestartGuard } from '../../restart/restart-guard.ts';
import { referenceKey } from '../../source/references/reference-key.ts';
import { type ClusterView, ownKind, type SupportingKind } from '../../view/cluster-view.ts';
import { anyKind, externalSecretKind } from '../../view/own-kinds.ts';
import { type WakeRule, wakeRule } from '../../view/wake-rule.ts';
import { onExternalSecret, onManagedSecret, onNamespace, onUsedStore, onWorkload } from '../../view/wake-rules.ts';
import type { ReferencedObjects } from '../../watch/port.ts';
import type { Controller, StartedController } from '../shared/controller.ts';
import type { Manager } from '../shared/manager.ts';
import { OwnStatuses } from '../shared/own-statuses.ts';
import type { Reconcile } from '../shared/queues.ts';
import type { ExternalSecretContext } from './context.ts';
import { DriftGuard } from './drift-guard.ts';
import { ForceSyncs } from './force-syncs.ts';
import { MissingStores } from './missing-stores.ts';
import { reportNotListed } from './not-listed.ts';
import { reconcileExternalSecret } from './reconcile.ts';
import { referencesOf } from './references.ts';
import { externalSecretRights } from './rights.ts';
import { servedOnly } from './served-only.ts';
import { WriterQueue } from './writer-queue.ts';

export const EXTERNAL_SECRET = 'externalsecret';
/** Share of the keys in work that may use the API server at the same time. */
const API_SERVER_SHARE = 1 / 4;

export function externalSecretController(dialect: Dialect): Controller {
  return {
    name: EXTERNAL_SECRET,
    kind: anyKind(externalSecretKind(dialect)),
    isEnabled: () => true,
    workers: ({ concurrency }) => placesFor(concurrency),
    sharesWorkers: true,
    watches: watchedKinds,
    wakes: (view, queue) => wakeRulesOf(dialect, view, queue),
    rights: externalSecretRights(dialect),
    start,
  };
}

function watchedKinds({ clusterStores, restart }: Config): readonly SupportingKind[] {
  return ['Secret', ...(clusterStores ? (['Namespace'] as const) : []), ...(restart ? (['Workload'] as const) : [])];
}

function wakeRulesOf({ kinds, annotations }: Dialect, view: ClusterView, queue: Enqueuer): readonly WakeRule[] {
  const context = { externalSecrets: view.externalSecrets, queue };
  return [
    wakeRule(kinds.externalSecret.kind, onExternalSecret(context, annotations.forceSync)),
    wakeRule(kinds.secretStore.kind, onUsedStore('SecretStore', context)),
    wakeRule(kinds.clusterSecretStore.kind, onUsedStore('ClusterSecretStore', context)),
    wakeRule('Namespace', onNamespace(context)),
    wakeRule('Secret', onManagedSecret(context)),
    wakeRule('Workload', onWorkload(context, view.managedSecrets)),
  ];
}

function start(manager: Manager): StartedController {
  const { clock, config, dialect, changes, queues, reader } = manager;
  const queue = queues.of(EXTERNAL_SECRET);
  const limit = new ApiServerLimit({ clock, width: Math.ceil(config.concurrency * API_SERVER_SHARE) });
  const podAges = new PodAges({ clock, client: reader, onAnswer: (key) => queue.add(key, priority.change) });
  const context = contextOf(manager, queue, podAges);
  const reconcile: Reconcile = async (key, signal) => {
    using permit = limit.of(key, queue.priorityOf(key));
    return await reconcileServed({ ...context, client: limitedClient(context.client, () => permit.begin()) }, manager)(key, signal);
  };
  return {
    reconcile: changes.watched(groupResource(dialect.kinds.externalSecret), reconcile),
    isWaiting: (key) => limit.isWaiting(key),
    parts: { 'pod ages': (end) => podAges.run(end) },
  };
}

function reconcileServed(context: ExternalSecretContext, { coverage }: Pick<Manager, 'coverage'>): Reconcile {
  return servedOnly((key, signal) => reconcileExternalSecret(key, context, signal), {
    coverage,
    resources: context.resources,
    reportMissing: (resource, missing, signal) => reportNotListed(resource, missing, context, signal),
  });
}

function contextOf(manager: Manager, queue: Enqueuer, podAges: PodAges): ExternalSecretContext {
  const { dialect, config, view, coverage, clock, source, changes } = manager;
  const { budget } = ownKind(view.own, dialect.kinds.externalSecret.kind);
  const { stores, client, events, metrics, logger, digestKey, slices } = manager;
  return {
    dialect,
    stores,
    client,
    events,
    metrics,
    clock,
    logger,
    digestKey,
    slices,
    podAges,
    source,
    controller: groupResource(dialect.kinds.externalSecret),
    resources: view.externalSecrets,
    shareOf: (namespace) => budget.shareOf(namespace),
    managedSecrets: view.managedSecrets,
    workloads: config.restart ? view.workloads : undefined,
    isRead: (kind, namespace) => coverage.isRead(kind, namespace),
    referencesOf,
    keyOfReference: referenceKey,
    renderer: plainRenderer(dialect.reservedDomains),
    defaultRefreshInterval: config.defaultRefreshInterval,
    drift: new DriftGuard(clock),
    forceSyncs: new ForceSyncs(clock, (namespace) => view.externalSecrets.countIn(namespace)),
    ownStatuses: new OwnStatuses(),
    missingStores: new MissingStores(clock, dialect.words),
    writerQueue: new WriterQueue((writer) => queue.add(writer, priority.change)),
    restarts: new RestartGuard(clock),
    referenced: referencedObjectsFor(manager, queue),
    recorded: (dependant) => changes.recorded(dependant),
  };
}

function referencedObjectsFor({ dialect, logger, referenced }: Manager, queue: Enqueuer): ReferencedObjects {
  return referenced.for({
    isCached: false,
    wake: (key) => {
      logger.debug({ kind: dialect.kinds.externalSecret.kind, key }, 'woken by a referenced object');
      queue.add(key, priority.change);
    },
  });
}
