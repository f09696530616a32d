/** Change events in the operator: the consumers of queues, the findings about queues for stores, and the reconciles that events wait for. */
import type { ConditionWords } from '../api/condition-words.ts';
import { findCondition } from '../api/schema/conditions.ts';
import { apiVersionOf, type ResourceType } from '../api/object/resource-type.ts';
import type { StoreObject } from '../api/schema/secret-store.ts';
import { type Identity, identityKey } from '../aws/credentials/identity.ts';
import type { EventQueue } from '../aws/event-queue-port.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import type { Clock, Ms } from '../base/time/clock.ts';
import type { Key } from '../base/key.ts';
import { priority } from '../base/priority.ts';
import { runTogether } from '../base/waiting.ts';
import type { Config } from '../config.ts';
import { tenantOf } from '../messages/reader.ts';
import type { StoreIdentityContext } from '../resolve/store/resolve-store.ts';
import { ownQueueId, type QueuePlan, queueUseOf } from '../source/events/choose-queue.ts';
import type { DependantKey } from '../source/port.ts';
import { dependantKey } from '../source/references/dependant.ts';
import { QueueReliance } from '../source/events/queue-reliance.ts';
import type { EventReferences } from '../source/events/event-references.ts';
import { PendingReconciles } from '../source/events/pending-reconciles.ts';
import type { ReadObserver } from '../source/references/read-observer.ts';
import type { EventsFinding } from '../status/store-status.ts';
import type { EventGauges, EventMetrics } from '../telemetry/metrics/event-metrics.ts';
import type { Logger } from '../telemetry/log/logger.ts';
import { keyOfObject, type Store } from '../watch/store.ts';
import type { Enqueuer, Reconcile, WorkResult } from '../queue/port.ts';
import { installationQueue, nameIn } from './installation-queue.ts';
import { notRead } from './not-read.ts';
import { OwnQueues } from './own-queues.ts';
import { QueuePlans } from './queue-plans.ts';
import { Replans } from './replans.ts';
import { QueueConsumer, type ConsumerParts } from './queue-consumer.ts';

/** A kind of stores, which may name queues. */
export interface StoreKind {
  readonly type: ResourceType;
  /** Of its dialect. */
  readonly words: Pick<ConditionWords, 'means'>;
  readonly objects: Pick<Store<StoreObject>, 'list' | 'revision'>;
  /** Of its controller. */
  readonly queue: Enqueuer;
}

export interface ChangeEventsParts {
  /** The kinds of stores of all dialects. Their objects are queued in this order. */
  readonly stores: readonly StoreKind[];
  readonly config: Pick<Config, 'eventsQueueUrl' | 'eventsMaxAge' | 'allowNamespacedQueues'>;
  /** False: no queue is read, whoever names it. Default true. A shard reads none: it would delete the messages for another shard. */
  readonly readsQueues?: boolean;
  /** Dependants that subscribe to references in their first reconcile. */
  readonly dependants: Iterable<DependantKey>;
  readonly sqs: EventQueue;
  readonly clock: Clock;
  /** The event loop, shared with the other long work of the process. */
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly metrics: EventMetrics;
  readonly logger: Logger;
  /** Whether the API server responds. */
  readonly mayReceive: () => boolean;
}

export interface EventsEngine {
  readonly references: EventReferences;
  /** Plans the reads of one reference in each step. */
  replanning(): Iterable<void>;
}

/** A reconciler whose reports are taken. */
export type WatchedReconcile = (key: Key, signal: AbortSignal) => Promise<WorkResult>;

export class ChangeEvents {
  readonly #parts: ChangeEventsParts;
  readonly #reconciles: PendingReconciles;
  readonly readObserver: ReadObserver;
  /** The queue of the installation. */
  readonly #shared: QueueConsumer;
  readonly #own: OwnQueues;
  #engine: Pick<EventsEngine, 'replanning'> | undefined;
  #stores: StoreIdentityContext | undefined;
  /** Stores whose status was checked for findings of an earlier process. */
  readonly #inherited = new Set<string>();
  /** A microtask will enqueue the stores. */
  #isEnqueueing = false;
  readonly #plans: QueuePlans;

  constructor(parts: ChangeEventsParts) {
    const { clock, slices, sqs, metrics, logger, mayReceive, dependants } = parts;
    this.#parts = parts;
    this.#reconciles = new PendingReconciles(dependants);
    this.#plans = new QueuePlans(parts, (store) => this.#kindOf(store)?.queue.add(keyOfObject(store), priority.change));
    const onError = (err: unknown): void => logger.error({ err }, 'references could not be planned again; this is a defect');
    const replans = new Replans({ slices, walk: () => this.#engine?.replanning() ?? [], onError });
    const consumerParts: ConsumerParts = {
      clock,
      slices,
      sqs,
      metrics,
      logger,
      mayReceive,
      reconciles: this.#reconciles,
      replan: () => replans.request(),
    };
    this.#shared = new QueueConsumer(consumerParts, {
      name: 'installation',
      address: (signal) => installationQueue(this.#plans.current.installation, this.#stores, signal),
      onReceiving: (receiving) => metrics.receiving(receiving),
      onMissed: ({ secretId }) => {
        metrics.missed();
        logger.warn({ secret: secretId }, 'a poll found a change without an event');
      },
      onChange: () => this.#enqueueStores(),
    });
    this.#own = new OwnQueues({
      ...consumerParts,
      plan: () => this.#plans.current,
      onChange: ({ stores }) => this.#enqueue(stores),
    });
    this.readObserver = new QueueReliance(this.#shared.reliance, () => this.#own.reliances());
  }

  get gauges(): EventGauges {
    return { inFlight: this.#shared.inFlight + this.#own.inFlight, namespacedQueues: this.#own.states };
  }

  /** A dependant was notified. `since` (wall clock): due time of the read that showed the change. */
  notified(dependant: DependantKey, since: Ms): void {
    this.#reconciles.notified(dependant, since);
  }

  /** The earliest `since` of a notification without a recorded reconcile. */
  get notifiedSince(): Ms | undefined {
    return this.#reconciles.notifiedSince;
  }

  /** Wraps the reconciler of a controller that subscribes, to track the start and the end of its reconciles, and what they have recorded. */
  watched(controller: string, reconcile: Reconcile): WatchedReconcile {
    return async (key, signal) => {
      const dependant = dependantKey(controller, key);
      this.#reconciles.started(dependant);
      try {
        return await reconcile(key, signal, () => this.#reconciles.recorded(dependant));
      } finally {
        this.#reconciles.ended(dependant);
      }
    };
  }

  /** The finding about events for a store with this identity. */
  finding(store: StoreObject, identity: Identity | undefined): EventsFinding {
    const { plan, use } = this.#plans.useOf(store);
    if (use === 'unknown') return { kind: 'unknown' };
    if (use === 'none') return { kind: 'none' };
    if (use === 'own') return this.#findingOf(this.#own.consumer(ownQueueId(store)), store, identity);
    if (use === 'chosen' || use === 'shared') return this.#findingOf(this.#shared, store, identity);
    return { kind: 'failed', failure: notRead(use, plan.installation) };
  }

  /** Receives until `stop`, and processes the received messages until `end`. */
  async run(engine: EventsEngine, stores: StoreIdentityContext, stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { references } = engine;
    this.#engine = engine;
    this.#stores = stores;
    const allowed = this.#parts.config.allowNamespacedQueues;
    const shared = (failed: AbortSignal): Promise<void> => this.#shared.run(references, ...bothOr(failed, stop, end));
    const own = (failed: AbortSignal): Promise<void> => this.#own.run(references, stores, ...bothOr(failed, stop, end));
    await runTogether(allowed ? [shared, own] : [shared]);
  }

  #findingOf(consumer: QueueConsumer | undefined, store: StoreObject, identity: Identity | undefined): EventsFinding {
    if (consumer === undefined) return { kind: 'unknown' };
    if (identity !== undefined) this.#inheritFinding(store, identity, consumer);
    const finding = consumer.finding(identity, `queue "${urlOf(store, this.#plans.current)}"`);
    const { namespace = '' } = store.metadata;
    // The queue is read with the identity of the operator or of a ClusterSecretStore. Messages on a SecretStore must not name that
    // identity.
    if (finding.kind !== 'failed' || consumer !== this.#shared || namespace === '') return finding;
    return { ...finding, reader: tenantOf(namespace) };
  }

  /** The status holds the finding of an earlier process: after a restart, events are still incomplete. */
  #inheritFinding(store: StoreObject, identity: Identity, { reliance }: QueueConsumer): void {
    const id = idOf(store);
    if (this.#inherited.has(id)) return;
    this.#inherited.add(id);
    const words = this.#kindOf(store)?.words;
    if (words?.means(findCondition(store.status?.conditions, 'Events'), 'EventsIncomplete') === true)
      reliance.inherit(identityKey(identity));
  }

  /** A successful poll changes two findings at once: the queue can be read, and polling relies on it. Stores are enqueued once for both. */
  #enqueueStores(): void {
    if (this.#isEnqueueing) return;
    this.#isEnqueueing = true;
    queueMicrotask(() => {
      this.#isEnqueueing = false;
      for (const { objects } of this.#parts.stores) this.#enqueue(objects.list());
    });
  }

  /** Enqueues the stores that have a finding about events. */
  #enqueue(stores: Iterable<StoreObject>): void {
    const plan = this.#plans.current;
    const concerned = Array.from(stores).filter((store) => queueUseOf(store, plan) !== 'none');
    for (const store of concerned) this.#kindOf(store)?.queue.add(keyOfObject(store), priority.change);
  }

  #kindOf({ apiVersion, kind }: StoreObject): StoreKind | undefined {
    return this.#parts.stores.find(({ type }) => apiVersionOf(type) === apiVersion && type.kind === kind);
  }
}

function idOf(store: StoreObject): string {
  return `${store.apiVersion} ${store.kind} ${keyOfObject(store)}`;
}

function bothOr(failed: AbortSignal, stop: AbortSignal, end: AbortSignal): [AbortSignal, AbortSignal] {
  return [AbortSignal.any([stop, failed]), AbortSignal.any([end, failed])];
}

/** Name of the queue for the messages on a store. */
function urlOf(store: StoreObject, { installation, own }: QueuePlan): string {
  const queue = own.get(ownQueueId(store));
  return nameIn(queue?.url ?? (installation.kind === 'none' ? '' : installation.url));
}
