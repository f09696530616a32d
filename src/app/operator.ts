/** The work of the leader: the engine and the controllers, over the picture of the cluster. */
import type { Clock, Ms } from '../base/clock.ts';
import { knownAs } from '../aws/credentials/identity-facts.ts';
import type { AwsServices } from '../aws/secret-reader.ts';
import type { DigestKey } from '../base/digest.ts';
import type { Dialect } from '../api/dialect.ts';
import { groupResource } from '../api/resource-type.ts';
import type { StoreObject } from '../api/secret-store.ts';
import { priority } from '../base/priority.ts';
import type { Config } from '../config.ts';
import type { ApiServerHealth } from '../kube/api-server-health.ts';
import { inTurn } from '../kube/in-turn.ts';
import type { EventRecorder, KubeReader, KubeWriter, ListWatcher, MetadataReader } from '../kube/port.ts';
import { runTogether } from '../base/waiting.ts';
import { ApiServerLimit } from '../queue/api-server-limit.ts';
import type { WorkQueue } from '../queue/work-queue.ts';
import { reconcileExternalSecret } from '../reconcile/external-secret/reconcile.ts';
import type { ExternalSecretContext } from '../reconcile/external-secret/context.ts';
import { DriftGuard } from '../reconcile/external-secret/drift-guard.ts';
import { ForceSyncs } from '../reconcile/external-secret/force-syncs.ts';
import { OwnStatuses } from '../reconcile/shared/own-statuses.ts';
import { MissingStores } from '../reconcile/external-secret/missing-stores.ts';
import { WriterQueue } from '../reconcile/external-secret/writer-queue.ts';
import type { TimeSlices } from '../base/time-slices.ts';
import { reconcileSecretStore, type SecretStoreContext } from '../reconcile/secret-store/reconcile.ts';
import { CredentialCache } from '../resolve/credential-cache.ts';
import type { ResolveStoreContext } from '../resolve/resolve-store.ts';
import { plainRenderer } from '../render/render-secret.ts';
import { PodAges } from '../restart/pod-ages.ts';
import { RestartGuard } from '../restart/restart-guard.ts';
import { createSecretSource } from '../source/engine.ts';
import type { FirstLists, SourceEngine } from '../source/engine-options.ts';
import { dependantOf, dependantsAmong } from '../source/references/dependant.ts';
import { referenceKey } from '../source/references/reference-key.ts';
import { createEventMetrics } from '../telemetry/event-metrics.ts';
import type { Telemetry } from './telemetry.ts';
import { ChangeEvents } from '../reconcile/change-events/change-events.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import { eventRecorder } from './event-recorder.ts';
import { runUntilStopped } from './lifetime.ts';
import type { Coverage } from '../view/coverage.ts';
import type { Queues, Reconcile } from '../reconcile/shared/queues.ts';
import { runControllers } from './controllers.ts';
import { reportNotListed } from '../reconcile/external-secret/not-listed.ts';
import { servedOnly } from '../reconcile/external-secret/served-only.ts';
import { type ReferencedByKind, referencedObjects } from '../reconcile/referenced-objects/referenced-objects.ts';
import { StoreUsers } from '../reconcile/secret-store/store-users.ts';
import type { OwnKind } from '../view/own-kind.ts';

/** Of those that are worked on at once: how many use the API server. */
const API_SERVER_SHARE = 1 / 4;

export interface OperatorParts {
  readonly dialect: Dialect;
  readonly config: Config;
  readonly view: ClusterView;
  readonly queues: Queues;
  readonly watcher: ListWatcher;
  /** Asks about pods. */
  readonly reader: KubeReader & MetadataReader;
  readonly digestKey: DigestKey;
  readonly secrets: AwsServices;
  readonly health: ApiServerHealth;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** What of the cluster is known. */
  readonly coverage: Pick<Coverage, 'isRead' | 'missingFor' | keyof FirstLists>;
  /** Reads objects that were not kept when there is room for them, until the signal aborts. */
  readonly readAgain: (end: AbortSignal) => Promise<void>;
  /** Fills the queues with all that there is. */
  readonly seed: () => Promise<void>;
  /** The work begins to end, and must have ended soon: see `Work.onStop`. */
  readonly onStop: (cause: unknown) => void;
  /** Holds the engine while it works, for metrics. */
  readonly engine: { current?: SourceEngine | undefined };
  /** The event loop, shared with the answers of the API server. */
  readonly slices: TimeSlices;
}

/**
 * Works until `signal` aborts, and then until what was begun is finished. `aliveUntil`: until when somebody has done all of it before, if that is
 * known. Rejects with the defect of a part that fails, after all has ended.
 */
export async function operate(parts: OperatorParts, client: KubeReader & KubeWriter, signal: AbortSignal, aliveUntil?: Ms): Promise<void> {
  const { clock, config, queues, telemetry } = parts;
  const events = eventRecorder(client, clock, telemetry.logger);
  const changes = changeEvents(parts);
  const readings = new StoreUsers();
  const source = sourceOf(parts, changes, readings, aliveUntil);
  const stores = storesOf(parts, client);
  const apiServerLimit = new ApiServerLimit({ clock, width: Math.ceil(config.concurrency * API_SERVER_SHARE) });
  const podAges = new PodAges({ clock, client: parts.reader, onAnswer: (key) => queues.externalSecrets.add(key, priority.change) });
  const referenced = referencedBy(parts, stores, signal);
  const reconcile = reconcilers(parts, { client, source, events, changes, readings, stores, apiServerLimit, podAges, referenced });
  const { reconcile: metrics, logger } = telemetry;
  parts.engine.current = source;
  try {
    await runUntilStopped({
      signal,
      onStop: parts.onStop,
      parts: {
        'source engine': (_stop, end) => source.run(end),
        'event recorder': (_stop, end) => events.run(end),
        'watches of referenced objects': (_stop, end) => referenced.run(end),
        'pod ages': (_stop, end) => podAges.run(end),
        'objects beyond the budget': (_stop, end) => parts.readAgain(end),
        'change events': (stop, end) => changes.run(source, stores, stop, end),
      },
      workers: (stop) =>
        runTogether([
          () => parts.seed(),
          (failed) => {
            const signal = AbortSignal.any([stop, failed]);
            return runControllers({ queues, reconcile, apiServerLimit, concurrency: config.concurrency, clock, metrics, logger, signal });
          },
        ]),
    });
  } finally {
    parts.engine.current = undefined;
  }
}

function sourceOf(parts: OperatorParts, changes: ChangeEvents, readings: StoreUsers, aliveUntil: Ms | undefined): SourceEngine {
  const { clock, config, queues } = parts;
  return createSecretSource({
    secrets: parts.secrets,
    lister: parts.secrets,
    clock,
    cacheTtl: config.cacheTtl,
    minInterval: config.minRefreshInterval,
    aliveUntil,
    onTurn: (concerns) => readings.wake(concerns),
    readObserver: changes.readObserver,
    firstLists: parts.coverage,
    onChange: (dependant, at, since) => {
      changes.called(dependant, since);
      queues.externalSecrets.add(dependantOf(dependant).key, at);
    },
    calledSince: () => changes.calledSince,
    resourcesIn: (namespace) => parts.view.externalSecrets.countIn(namespace),
    busyWorkers: () => (queues.externalSecrets.depth > 0 ? queues.externalSecrets.running : 0),
  });
}

function storesOf({ config, view }: OperatorParts, client: KubeReader): ReconcileParts['stores'] {
  return {
    ...view,
    credentials: new CredentialCache(client),
    allowOperatorIdentity: config.allowOperatorIdentity,
    tokenAudiences: config.tokenAudiences,
    eventsMaxAge: config.eventsMaxAge,
  };
}

function changeEvents({ dialect, clock, config, view, queues, secrets, telemetry, health, slices }: OperatorParts): ChangeEvents {
  const { logger, registry } = telemetry;
  const metrics = createEventMetrics(registry, () => changes.gauges);
  const dependants = dependantsAmong(view.externalSecrets.list(), groupResource(dialect.kinds.externalSecret));
  const sqs = secrets.eventQueue;
  const mayReceive = (): boolean => health.isUp;
  const changes: ChangeEvents = new ChangeEvents({
    words: dialect.words,
    config,
    dependants,
    view,
    queues,
    sqs,
    clock,
    slices,
    metrics,
    logger,
    mayReceive,
  });
  return changes;
}

function referencedBy(
  { dialect, clock, config, view, queues, watcher, telemetry }: OperatorParts,
  { credentials }: ReconcileParts['stores'],
  signal: AbortSignal,
): ReferencedByKind {
  const wake = { externalSecrets: view.externalSecrets, queue: queues.externalSecrets };
  const { logger, kube: metrics } = telemetry;
  return referencedObjects({ kinds: dialect.kinds, clock, config, watcher, credentials, queues, wake, metrics, logger, signal });
}

interface ReconcileParts {
  readonly client: KubeReader & KubeWriter;
  readonly source: SourceEngine;
  readonly events: EventRecorder;
  readonly changes: ChangeEvents;
  readonly readings: StoreUsers;
  readonly stores: ResolveStoreContext & { readonly credentials: CredentialCache };
  /** Of ExternalSecrets at the API server. */
  readonly apiServerLimit: ApiServerLimit;
  readonly podAges: PodAges;
  readonly referenced: ReferencedByKind;
}

/** The reconcilers of the three kinds, with all that they work with. */
function reconcilers(
  parts: OperatorParts,
  { client, source, events, changes, readings, stores, apiServerLimit, podAges, referenced }: ReconcileParts,
): Readonly<Record<keyof Queues, Reconcile>> {
  const { dialect, clock, config, coverage, view, queues, telemetry, secrets } = parts;
  const { logger } = telemetry;
  const controller = groupResource(dialect.kinds.externalSecret);
  const shared = { dialect, stores, client, events, metrics: telemetry.sync, clock, logger };
  const externalSecrets: ExternalSecretContext = {
    ...shared,
    controller,
    resources: view.externalSecrets,
    shareOf: (namespace) => view.own.externalSecret.budget.shareOf(namespace),
    managedSecrets: view.managedSecrets,
    workloads: config.restart ? view.workloads : undefined,
    isRead: (kind, namespace) => coverage.isRead(kind, namespace),
    podAges,
    source,
    keyOfReference: referenceKey,
    digestKey: parts.digestKey,
    renderer: plainRenderer(parts.dialect.reservedDomains),
    defaultRefreshInterval: config.defaultRefreshInterval,
    drift: new DriftGuard(clock),
    forceSyncs: new ForceSyncs(clock, (namespace) => view.externalSecrets.countIn(namespace)),
    ownStatuses: new OwnStatuses(),
    slices: parts.slices,
    missingStores: new MissingStores(clock, dialect.words),
    writerQueue: new WriterQueue((writer) => queues.externalSecrets.add(writer, priority.change)),
    restarts: new RestartGuard(clock),
    referenced: referenced.externalSecrets,
    settled: (dependant) => changes.settled(dependant),
  };
  return {
    externalSecrets: changes.watched(controller, reconcileInTurn(externalSecrets, queues.externalSecrets, apiServerLimit, coverage)),
    ...storeReconcilers(parts, { source, changes, readings }, { ...shared, secrets }, referenced),
  };
}

/** The reconcilers of both kinds of stores; `shared`: what their contexts have in common. */
function storeReconcilers(
  { view, queues, telemetry }: OperatorParts,
  { source, changes, readings }: Pick<ReconcileParts, 'source' | 'changes' | 'readings'>,
  shared: Pick<SecretStoreContext, 'dialect' | 'stores' | 'client' | 'events' | 'metrics' | 'clock' | 'logger' | 'secrets'>,
  referenced: ReferencedByKind,
): Readonly<Record<'secretStores' | 'clusterSecretStores', Reconcile>> {
  const contextOf = (name: 'secretStores' | 'clusterSecretStores', { type, store, budget }: OwnKind<StoreObject>): SecretStoreContext => ({
    ...shared,
    type,
    resources: store,
    shareOf: (namespace) => budget.shareOf(namespace),
    ownStatuses: new OwnStatuses(),
    referenced: referenced[name],
    changeEvents: (store, identity) => changes.finding(store, identity),
    reading: (key, identity) => {
      readings.reads(queues[name], key, identity);
      return identity && { ...source.readingAs(identity), cost: telemetry.costs.estimate(knownAs(identity)) };
    },
  });
  const secretStores = contextOf('secretStores', view.own.secretStore);
  const clusterSecretStores = contextOf('clusterSecretStores', view.own.clusterSecretStore);
  return {
    secretStores: (key, cut) => reconcileSecretStore(key, secretStores, cut),
    clusterSecretStores: (key, cut) => reconcileSecretStore(key, clusterSecretStores, cut),
  };
}

/** So few use the API server at once that it answers each fast, the most urgent first. */
function reconcileInTurn(
  context: ExternalSecretContext,
  queue: WorkQueue,
  apiServerLimit: ApiServerLimit,
  coverage: OperatorParts['coverage'],
): Reconcile {
  return async (key, cut) => {
    using permit = apiServerLimit.of(key, queue.priorityOf(key));
    const turned = { ...context, client: inTurn(context.client, () => permit.begin()) };
    const reconcile = servedOnly((one, signal) => reconcileExternalSecret(one, turned, signal), {
      coverage,
      resources: context.resources,
      heldBack: (resource, missing, signal) => reportNotListed(resource, missing, turned, signal),
    });
    return await reconcile(key, cut);
  };
}
