/** The work of the leader: the source engine and the controllers, on the view of the cluster. */
import type { Clock } from '../base/time/clock.ts';
import type { AwsServices, AwsWriters } from '../aws/aws-services.ts';
import type { DigestKey } from '../base/digest.ts';
import { groupResource } from '../api/object/resource-type.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import type { Config } from '../config.ts';
import type { ApiServerHealth } from '../kube/api-server-health.ts';
import type { KubeReader, ListWatcher, MetadataReader } from '../kube/port.ts';
import { runTogether } from '../base/waiting.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import { CredentialCache } from '../resolve/credentials/credential-cache.ts';
import { createSecretSource } from '../source/engine.ts';
import type { SourceEngine } from '../source/engine-options.ts';
import { CallBudgets } from '../source/limits/budgets/call-budgets.ts';
import { SharedWriteBudget } from '../source/limits/budgets/write-budget.ts';
import type { FirstLists } from '../source/schedule/first-lists.ts';
import { dependantOf } from '../source/references/dependant.ts';
import { createEventMetrics } from '../telemetry/metrics/event-metrics.ts';
import type { Telemetry } from './telemetry.ts';
import { ChangeEvents, type StoreKind } from '../change-events/change-events.ts';
import { referencedObjects } from '../reconcile/shared/referenced-objects.ts';
import { StoreUsers } from '../reconcile/shared/store-users.ts';
import { type Controller, controllerId } from '../reconcile/shared/controller.ts';
import type { Manager } from '../reconcile/shared/manager.ts';
import type { Queues } from '../reconcile/shared/queues.ts';
import type { RestartEngine } from '../reconcile/shared/restart-engine.ts';
import { type ClusterView, ownStore } from '../view/cluster-view.ts';
import { dialectsOf, type EngineFacts, engineFacts } from './from-controllers.ts';
import { runControllers, type Started } from './controllers.ts';
import { eventRecorder } from './event-recorder.ts';
import type { Leading } from './leadership.ts';
import { type Part, runUntilStopped, type Work } from './lifetime.ts';
import { restartUpkeep } from './restart-upkeep.ts';
import { restartEngine } from './restarts.ts';
import type { Shard } from './shard.ts';
import { uniqueEntries } from './unique-entries.ts';

export interface OperatorParts {
  /** The controllers that this installation runs, of all dialects. */
  readonly controllers: readonly Controller[];
  readonly config: Config;
  readonly view: ClusterView;
  readonly queues: Queues;
  /** What this process works on. */
  readonly shard: Shard;
  readonly watcher: ListWatcher;
  /** The namespace of the operator. */
  readonly namespace: string;
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
  /** The same for restarts. */
  readonly restarts: { current?: RestartEngine | undefined };
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
  const facts = engineFacts(parts.controllers, parts.view, queues, parts.shard.owns);
  const changes = changeEvents(parts, facts);
  const storeUsers = new StoreUsers();
  const budgets = new CallBudgets(clock, parts.shard.budgetShare);
  const source = sourceOf(parts, { facts, changes, storeUsers, budgets, leadUntil });
  const writer = secrets.writer({ right, budget: new SharedWriteBudget(clock, budgets) });
  const manager = managerOf(parts, { client, writer, events, changes, storeUsers, source }, signal);
  const started = parts.controllers.map((controller): Started => ({ controller, started: controller.start(manager) }));
  parts.engine.current = source;
  parts.restarts.current = manager.restarts;
  try {
    await runUntilStopped({
      signal,
      onStop: parts.onStop,
      parts: withPartsOf(started, {
        'source engine': (_stop, end) => source.run(end),
        'event recorder': (_stop, end) => events.run(end),
        restarts: (_stop, end) => restartUpkeep(parts, manager, end),
        'watches of referenced objects': (_stop, end) => manager.referenced.run(end),
        'objects beyond the budget': (_stop, end) => parts.readAgain(end),
        'change events': (stop, end) => changes.run(source, manager.stores, stop, end),
      }),
      workers: (stop) => {
        const options = { queues, config, clock, metrics, logger, slices, watched: changes.watched.bind(changes) };
        return runTogether([
          () => parts.seed(),
          (failed) => runControllers(started, { ...options, signal: AbortSignal.any([stop, failed]) }),
        ]);
      },
    });
  } finally {
    parts.engine.current = undefined;
    parts.restarts.current = undefined;
  }
}

/** The parts of a controller have its name in front. Throws a TypeError if two parts have one name. */
function withPartsOf(started: readonly Started[], parts: Work['parts']): Work['parts'] {
  const ofControllers = started.flatMap(({ controller, started: { parts: own = {} } }) =>
    Object.entries(own).map(([name, run]): [string, Part] => [`${controller.name}: ${name}`, (_stop, end) => run(end)]),
  );
  return Object.fromEntries(uniqueEntries('parts of the work', [...Object.entries(parts), ...ofControllers]));
}

interface SourceParts extends Pick<Leading, 'leadUntil'> {
  readonly facts: EngineFacts;
  readonly changes: ChangeEvents;
  readonly storeUsers: StoreUsers;
  readonly budgets: CallBudgets;
}

function sourceOf(parts: OperatorParts, { facts, changes, storeUsers, budgets, leadUntil }: SourceParts): SourceEngine {
  const { clock, config, controllers, queues } = parts;
  const queueOf = new Map(
    controllers.filter(({ subscribes }) => subscribes).map((one) => [controllerId(one), queues.of(controllerId(one))]),
  );
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
      const queue = queueOf.get(controller);
      // A notification that no reconcile answers would be kept for ever.
      if (queue === undefined) return;
      changes.notified(dependant, since);
      queue.add(key, at);
    },
    notifiedSince: () => changes.notifiedSince,
    resourcesIn: facts.resourcesIn,
    busyWorkers: facts.busyWorkers,
  });
}

function changeEvents(parts: OperatorParts, facts: EngineFacts): ChangeEvents {
  const { clock, config, secrets, telemetry, health, slices } = parts;
  const { logger, registry } = telemetry;
  const metrics = createEventMetrics(registry, () => changes.gauges);
  const changes: ChangeEvents = new ChangeEvents({
    stores: storeKinds(parts),
    config,
    readsQueues: parts.shard.name === undefined,
    dependants: facts.dependants(),
    sqs: secrets.eventQueue,
    clock,
    slices,
    metrics,
    logger,
    mayReceive: () => health.isUp,
  });
  return changes;
}

function storeKinds({ controllers, view, queues }: OperatorParts): readonly StoreKind[] {
  return dialectsOf(controllers).flatMap(({ words, kinds: { secretStore, clusterSecretStore } }) =>
    [secretStore, clusterSecretStore].map((type) => ({
      type,
      words,
      objects: ownStore<StoreObject>(view, type),
      queue: queues.ifRun(groupResource(type)),
    })),
  );
}

function managerOf(
  parts: OperatorParts,
  made: Pick<Manager, 'client' | 'writer' | 'events' | 'changes' | 'storeUsers' | 'source'>,
  signal: AbortSignal,
): Manager {
  const { config, view, coverage, queues, reader, digestKey, slices, clock, secrets, watcher, telemetry } = parts;
  const { logger, costs, sync: metrics, restarts: restartMetrics, kube } = telemetry;
  const credentials = new CredentialCache(made.client);
  const { allowOperatorIdentity, tokenAudiences, eventsMaxAge } = config;
  return {
    ...made,
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
    restartMetrics,
    restarts: config.restart ? restartEngine(parts, made.client, signal) : undefined,
    logger,
    stores: { credentials, allowOperatorIdentity, tokenAudiences, eventsMaxAge },
    referenced: referencedObjects({ clock, config, watcher, credentials, metrics: kube, logger, signal }),
  };
}
