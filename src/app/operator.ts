/** The work of the leader: the source engine and the controllers, on the view of the cluster. */
import type { Clock } from '../base/clock.ts';
import type { AwsServices, AwsWriters } from '../aws/secret-reader.ts';
import type { DigestKey } from '../base/digest.ts';
import type { Dialect } from '../api/dialect.ts';
import { groupResource } from '../api/resource-type.ts';
import type { Config } from '../config.ts';
import type { ApiServerHealth } from '../kube/api-server-health.ts';
import type { KubeReader, ListWatcher, MetadataReader } from '../kube/port.ts';
import { runTogether } from '../base/waiting.ts';
import type { TimeSlices } from '../base/time-slices.ts';
import { CredentialCache } from '../resolve/credential-cache.ts';
import { createSecretSource } from '../source/engine.ts';
import type { SourceEngine } from '../source/engine-options.ts';
import { Budgets } from '../source/limits/call-budgets.ts';
import { SharedWriteBudget } from '../source/limits/write-budget.ts';
import type { FirstLists } from '../source/schedule/first-lists.ts';
import { dependantOf, dependantsAmong } from '../source/references/dependant.ts';
import { createEventMetrics } from '../telemetry/event-metrics.ts';
import type { Telemetry } from './telemetry.ts';
import { ChangeEvents } from '../reconcile/change-events/change-events.ts';
import { EXTERNAL_SECRET } from '../reconcile/external-secret/controller.ts';
import { referencedObjects } from '../reconcile/referenced-objects/referenced-objects.ts';
import { CLUSTER_SECRET_STORE, SECRET_STORE } from '../reconcile/secret-store/controller.ts';
import { StoreUsers } from '../reconcile/secret-store/store-users.ts';
import type { Controller } from '../reconcile/shared/controller.ts';
import type { Manager } from '../reconcile/shared/manager.ts';
import type { Queues } from '../reconcile/shared/queues.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import { runControllers, type Started } from './controllers.ts';
import { eventRecorder } from './event-recorder.ts';
import type { Leading } from './leadership.ts';
import { runUntilStopped } from './lifetime.ts';

export interface OperatorParts {
  readonly dialect: Dialect;
  /** The controllers that this installation runs. */
  readonly controllers: readonly Controller[];
  readonly config: Config;
  readonly view: ClusterView;
  readonly queues: Queues;
  readonly watcher: ListWatcher;
  /** Reads pods. */
  readonly reader: KubeReader & MetadataReader;
  readonly digestKey: DigestKey;
  readonly secrets: AwsServices & AwsWriters;
  readonly health: ApiServerHealth;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Which kinds have been listed in which namespaces. */
  readonly coverage: Manager['coverage'] & FirstLists;
  /** Reads objects that were not kept whole when there is room for them, until the signal aborts. */
  readonly readAgain: (end: AbortSignal) => Promise<void>;
  /** Queues all objects. */
  readonly seed: () => Promise<void>;
  /** The work begins to end; see `Work.onStop`. */
  readonly onStop: (cause: unknown) => void;
  /** Has the engine while it runs, for metrics. */
  readonly engine: { current?: SourceEngine | undefined };
  /** The event loop, shared with the parsing of API responses. */
  readonly slices: TimeSlices;
}

/**
 * Works until `signal` aborts and all work in progress is finished. Rejects with the defect of a part that has failed, after all parts have ended. Reads and
 * writes share one set of budgets, because AWS counts them for the same account.
 */
export async function operate(parts: OperatorParts, { client, right, leadUntil }: Leading, signal: AbortSignal): Promise<void> {
  const { clock, config, queues, secrets, slices, telemetry } = parts;
  const { reconcile: metrics, logger } = telemetry;
  const events = eventRecorder(client, clock, logger);
  const changes = changeEvents(parts);
  const storeUsers = new StoreUsers();
  const budgets = new Budgets(clock);
  const source = sourceOf(parts, { changes, storeUsers, budgets, leadUntil });
  const writer = secrets.writer({ right, budget: new SharedWriteBudget(clock, budgets) });
  const manager = managerOf(parts, { client, writer, events, changes, storeUsers, source }, signal);
  const started = parts.controllers.map((controller): Started => ({ controller, started: controller.start(manager) }));
  parts.engine.current = source;
  try {
    await runUntilStopped({
      signal,
      onStop: parts.onStop,
      parts: {
        'source engine': (_stop, end) => source.run(end),
        'event recorder': (_stop, end) => events.run(end),
        'watches of referenced objects': (_stop, end) => manager.referenced.run(end),
        'objects beyond the budget': (_stop, end) => parts.readAgain(end),
        'change events': (stop, end) => changes.run(source, manager.stores, stop, end),
        ...partsOf(started),
      },
      workers: (stop) =>
        runTogether([
          () => parts.seed(),
          (failed) => runControllers(started, { queues, config, clock, metrics, logger, slices, signal: AbortSignal.any([stop, failed]) }),
        ]),
    });
  } finally {
    parts.engine.current = undefined;
  }
}

function partsOf(started: readonly Started[]): Readonly<Record<string, (stop: AbortSignal, end: AbortSignal) => Promise<void>>> {
  const named = started.flatMap((one) => Object.entries(one.started.parts ?? {}));
  return Object.fromEntries(named.map(([name, run]) => [name, (_stop: AbortSignal, end: AbortSignal) => run(end)]));
}

interface SourceParts extends Pick<Leading, 'leadUntil'> {
  readonly changes: ChangeEvents;
  readonly storeUsers: StoreUsers;
  readonly budgets: Budgets;
}

function sourceOf(parts: OperatorParts, { changes, storeUsers, budgets, leadUntil }: SourceParts): SourceEngine {
  const { clock, config, controllers, queues, view } = parts;
  const queueOf = new Map(controllers.map(({ name, kind }) => [groupResource(kind.type), queues.of(name)]));
  const externalSecrets = queues.of(EXTERNAL_SECRET);
  return createSecretSource({
    secrets: parts.secrets,
    lister: parts.secrets,
    clock,
    budgets,
    cacheTtl: config.cacheTtl,
    minInterval: config.minRefreshInterval,
    aliveUntil: leadUntil,
    onIdentityChange: (concerns) => storeUsers.wake(concerns),
    readObserver: changes.readObserver,
    firstLists: parts.coverage,
    onChange: (dependant, at, since) => {
      const { controller, key } = dependantOf(dependant);
      changes.notified(dependant, since);
      queueOf.get(controller)?.add(key, at);
    },
    notifiedSince: () => changes.notifiedSince,
    resourcesIn: (namespace) => view.externalSecrets.countIn(namespace),
    busyWorkers: () => (externalSecrets.depth > 0 ? externalSecrets.running : 0),
  });
}

function changeEvents({ dialect, clock, config, view, queues, secrets, telemetry, health, slices }: OperatorParts): ChangeEvents {
  const { logger, registry } = telemetry;
  const metrics = createEventMetrics(registry, () => changes.gauges);
  const dependants = dependantsAmong(view.externalSecrets.list(), groupResource(dialect.kinds.externalSecret));
  const changes: ChangeEvents = new ChangeEvents({
    words: dialect.words,
    config,
    dependants,
    view,
    queues: { secretStores: queues.ifRun(SECRET_STORE), clusterSecretStores: queues.ifRun(CLUSTER_SECRET_STORE) },
    sqs: secrets.eventQueue,
    clock,
    slices,
    metrics,
    logger,
    mayReceive: () => health.isUp,
  });
  return changes;
}

function managerOf(
  parts: OperatorParts,
  made: Pick<Manager, 'client' | 'writer' | 'events' | 'changes' | 'storeUsers' | 'source'>,
  signal: AbortSignal,
): Manager {
  const { dialect, config, view, coverage, queues, reader, digestKey, slices, clock, secrets, watcher, telemetry } = parts;
  const { logger, costs, sync: metrics, kube } = telemetry;
  const credentials = new CredentialCache(made.client);
  const { allowOperatorIdentity, tokenAudiences, eventsMaxAge } = config;
  return {
    ...made,
    dialect,
    config,
    view,
    coverage,
    queues,
    reader,
    digestKey,
    slices,
    clock,
    secrets,
    costs,
    metrics,
    logger,
    stores: { ...view, credentials, allowOperatorIdentity, tokenAudiences, eventsMaxAge },
    referenced: referencedObjects({ clock, config, watcher, credentials, metrics: kube, logger, signal }),
  };
}
