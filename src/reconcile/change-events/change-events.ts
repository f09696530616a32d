/** Change events in the operator: which queues are read and as whom, what is said about them on stores, and how reconciles take part. */
import type { ConditionWords } from '../../api/condition-words.ts';
import { findCondition } from '../../api/conditions.ts';
import { fail, failure, type Outcome } from '../../api/failure.ts';
import type { StoreObject } from '../../api/secret-store.ts';
import { type Identity, identityKey } from '../../aws/credentials/identity.ts';
import type { EventQueue, QueueAddress } from '../../aws/sqs/port.ts';
import type { TimeSlices } from '../../base/time-slices.ts';
import type { Clock, Ms } from '../../base/clock.ts';
import { keyOf, type Key } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import { ok } from '../../base/result.ts';
import { runTogether } from '../../base/waiting.ts';
import type { Config } from '../../config.ts';
import { tenantOf } from '../../api/messages/reader.ts';
import { resolveStore, type ResolveStoreContext } from '../../resolve/resolve-store.ts';
import {
  NO_CREDENTIALS,
  ownQueueId,
  ownQueueLimits,
  planQueues,
  type QueueChoice,
  type QueuePlan,
  standingOf,
} from '../../source/events/choose-queue.ts';
import type { DependantKey } from '../../source/port.ts';
import { dependantKey } from '../../source/references/dependant.ts';
import { regionOfQueue } from '../../source/events/queue-region.ts';
import { QueueReliance } from '../../source/events/queue-reliance.ts';
import type { EventReferences } from '../../source/events/event-references.ts';
import { PendingReconciles } from '../../source/events/pending-reconciles.ts';
import type { ReliableQueue } from '../../source/events/polling-reliance.ts';
import type { ReadObserver } from '../../source/events/read-observer.ts';
import type { EventsFinding } from '../../status/store-status.ts';
import type { EventGauges, EventMetrics } from '../../telemetry/event-metrics.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ClusterView } from '../../view/cluster-view.ts';
import type { Enqueuer } from '../../queue/port.ts';
import type { Reconcile } from '../shared/queues.ts';
import { OwnQueues } from './own-queues.ts';
import { QueueReading, type ReadingParts } from './queue-consumer.ts';

export interface ChangeEventsParts {
  /** Of the dialect of the stores. */
  readonly words: Pick<ConditionWords, 'means'>;
  readonly config: Pick<Config, 'eventsQueueUrl' | 'eventsMaxAge' | 'allowNamespacedQueues'>;
  /** Objects that subscribe to references in their first reconcile. */
  readonly dependants: Iterable<DependantKey>;
  readonly view: Pick<ClusterView, 'secretStores' | 'clusterSecretStores'>;
  readonly queues: Readonly<Record<'secretStores' | 'clusterSecretStores', Enqueuer>>;
  readonly sqs: EventQueue;
  readonly clock: Clock;
  /** The event loop, shared with the other long work of the process. */
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly metrics: EventMetrics;
  readonly logger: Logger;
  /** Whether the API server answers. */
  readonly mayReceive: () => boolean;
}

export interface EventsEngine {
  readonly references: EventReferences;
  replan(): void;
}

export class ChangeEvents {
  readonly #parts: ChangeEventsParts;
  readonly #rounds: PendingReconciles;
  readonly readObserver: ReadObserver;
  /** The queue of the installation. */
  readonly #shared: QueueReading;
  readonly #own: OwnQueues;
  #replan: () => void = () => undefined;
  #stores: ResolveStoreContext | undefined;
  /** Stores whose status was looked at for what a process before this one has found. */
  readonly #inherited = new Set<Key>();
  /** Stores will be woken when what happens now has happened. */
  #waking = false;
  /** The plan, and of which revisions of the stores it was made. */
  #planned: { readonly of: string; readonly plan: QueuePlan } | undefined;

  constructor(parts: ChangeEventsParts) {
    const { clock, slices, sqs, metrics, logger, mayReceive, dependants } = parts;
    this.#parts = parts;
    this.#rounds = new PendingReconciles(dependants);
    const reading: ReadingParts = { clock, slices, sqs, metrics, logger, mayReceive, rounds: this.#rounds, replan: () => this.#replan() };
    this.#shared = new QueueReading(reading, {
      name: 'installation',
      address: (signal) => this.#address(signal),
      onReceiving: (receiving) => metrics.receiving(receiving),
      onMissed: ({ secretId }) => {
        metrics.missed();
        logger.warn({ secret: secretId }, 'a poll found a change that no event had told');
      },
      onChange: () => this.#wakeStores(),
    });
    this.#own = new OwnQueues({ ...reading, plan: () => this.#plan(), onChange: ({ stores }) => this.#wake('secretStores', stores) });
    this.readObserver = new QueueReliance(this.#shared.reliance, () => this.#own.reliances());
  }

  get gauges(): EventGauges {
    return { inFlight: this.#shared.inFlight + this.#own.inFlight, namespacedQueues: this.#own.states };
  }

  /** A dependant has to look again; `since` (wall clock): when that was due which has shown it. */
  called(dependant: DependantKey, since: Ms): void {
    this.#rounds.called(dependant, since);
  }

  /** The earliest of these times that is not settled yet. */
  get calledSince(): Ms | undefined {
    return this.#rounds.calledSince;
  }

  /** What the round under way has found is recorded in the API. */
  settled(dependant: DependantKey): void {
    this.#rounds.settled(dependant);
  }

  /** The reconciler of a controller, watched from its beginning to its end. */
  watched(controller: string, reconcile: Reconcile): Reconcile {
    return async (key, signal) => {
      const dependant = dependantKey(controller, key);
      this.#rounds.began(dependant);
      try {
        return await reconcile(key, signal);
      } finally {
        this.#rounds.ended(dependant);
      }
    };
  }

  /** How it stands with events for a store that reads as `identity`. */
  finding(store: StoreObject, identity: Identity | undefined): EventsFinding {
    const plan = this.#plan();
    const standing = standingOf(store, plan);
    switch (standing) {
      case 'none':
        return { kind: 'none' };
      case 'missing':
        return { kind: 'failed', failure: failure('EventsQueueMissing', 'events are asked for, and no queue is read for this store') };
      case 'conflict':
        return { kind: 'failed', failure: failure('EventsQueueConflict', conflictWith(plan.installation)) };
      case 'not-allowed':
        return { kind: 'failed', failure: failure('EventsQueueNotAllowed', NOT_ALLOWED) };
      case 'no-credentials':
        return {
          kind: 'failed',
          failure: failure('EventsQueueNotAllowed', NO_CREDENTIALS),
        };
      case 'too-many-stores':
        return { kind: 'failed', failure: failure('EventsQueueLimit', TOO_MANY_STORES) };
      case 'beyond-limit':
        return { kind: 'failed', failure: failure('EventsQueueLimit', BEYOND_LIMIT) };
      case 'own':
        return this.#foundBy(this.#own.reading(ownQueueId(store)), store, identity);
      case 'chosen':
      case 'shared':
        return this.#foundBy(this.#shared, store, identity);
      default:
        return standing satisfies never;
    }
  }

  /** Receives until `stop`, and takes care of what was received until `end`. */
  async run(engine: EventsEngine, stores: ResolveStoreContext, stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { references } = engine;
    this.#replan = () => engine.replan();
    this.#stores = stores;
    const allowed = this.#parts.config.allowNamespacedQueues;
    const shared = (failed: AbortSignal): Promise<void> => this.#shared.run(references, ...bothOr(failed, stop, end));
    const own = (failed: AbortSignal): Promise<void> => this.#own.run(references, stores, ...bothOr(failed, stop, end));
    await runTogether(allowed ? [shared, own] : [shared]);
  }

  #foundBy(reading: QueueReading | undefined, store: StoreObject, identity: Identity | undefined): EventsFinding {
    if (reading === undefined) return { kind: 'unknown' };
    if (identity !== undefined) this.#inherit(store, identity, reading);
    const finding = reading.finding(identity, `queue "${urlOf(store, this.#plan())}"`);
    const { namespace = '' } = store.metadata;
    // It is read as the operator or as a ClusterSecretStore, of which a SecretStore must not tell.
    if (finding.kind !== 'failed' || reading !== this.#shared || namespace === '') return finding;
    return { ...finding, reader: tenantOf(namespace) };
  }

  /** What was found stands in the status: a restart does not make events complete. */
  #inherit({ metadata: { namespace = '', name }, status }: StoreObject, identity: Identity, { reliance }: QueueReading): void {
    const key = keyOf(namespace, name);
    if (this.#inherited.has(key)) return;
    this.#inherited.add(key);
    if (this.#parts.words.means(findCondition(status?.conditions, 'Events'), 'EventsIncomplete')) reliance.inherit(identityKey(identity));
  }

  /** Made anew when a store has changed. */
  #plan(): QueuePlan {
    const { config, view } = this.#parts;
    const of = `${view.secretStores.revision} ${view.clusterSecretStores.revision}`;
    if (this.#planned?.of === of) return this.#planned.plan;
    const plan = planQueues({
      operatorUrl: config.eventsQueueUrl ?? undefined,
      allowsOwn: config.allowNamespacedQueues,
      clusterStores: view.clusterSecretStores.list(),
      secretStores: view.secretStores.list(),
    });
    this.#planned = { of, plan };
    return plan;
  }

  async #address(signal: AbortSignal): Promise<Outcome<(QueueAddress & ReliableQueue) | 'none'>> {
    const { installation } = this.#plan();
    if (installation.kind === 'none' || this.#stores === undefined) return ok('none');
    const { url } = installation;
    const region = regionOfQueue(url);
    if (installation.kind === 'operator') {
      const own = region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
      if (own === undefined) return fail('AWSRequestRefused', `the region of queue "${nameIn(url)}" is not known: set AWS_REGION`);
      return ok({ url, forAll: true, source: { region: own, base: { kind: 'operator' }, roles: [] } });
    }
    const resolved = await resolveStore(installation.store, this.#stores, signal);
    if (!resolved.ok) return resolved;
    const { identity } = resolved.value;
    return ok({ url, forAll: true, source: { ...identity, region: region ?? identity.region } });
  }

  /** A poll that goes well changes two things at once: whether the queue is read, and whether it is relied on. Stores are looked at once for both. */
  #wakeStores(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      const { view } = this.#parts;
      for (const name of ['secretStores', 'clusterSecretStores'] as const) this.#wake(name, view[name].list());
    });
  }

  /** Those on which something is said about events. */
  #wake(name: 'secretStores' | 'clusterSecretStores', stores: Iterable<StoreObject>): void {
    const plan = this.#plan();
    const concerned = Array.from(stores).filter((store) => standingOf(store, plan) !== 'none');
    for (const key of keysOf(concerned)) this.#parts.queues[name].add(key, priority.change);
  }
}

const NOT_ALLOWED =
  'queues that SecretStores name are not read here: name it on a ClusterSecretStore, or start the operator with --allow-namespaced-queues';
const BEYOND_LIMIT = `this queue is not read: at most ${ownQueueLimits.ofNamespace} queues of one namespace and ${ownQueueLimits.inAll} of all SecretStores are, the oldest stores first`;
const TOO_MANY_STORES = 'four older stores of this namespace already name this queue; more than four may not';

function bothOr(failed: AbortSignal, stop: AbortSignal, end: AbortSignal): [AbortSignal, AbortSignal] {
  return [AbortSignal.any([stop, failed]), AbortSignal.any([end, failed])];
}

function* keysOf(objects: Iterable<Pick<StoreObject, 'metadata'>>): Iterable<Key> {
  for (const { metadata } of objects) yield keyOf(metadata.namespace ?? '', metadata.name);
}

function nameIn(url: string): string {
  return url.split('/').at(-1) ?? '';
}

/** Name of the queue that a store is told of. */
function urlOf(store: StoreObject, { installation, own }: QueuePlan): string {
  const queue = own.get(ownQueueId(store));
  return nameIn(queue?.url ?? (installation.kind === 'none' ? '' : installation.url));
}

/** Who named the other queue is told, but not what another namespace has named. */
function conflictWith(choice: QueueChoice): string {
  return choice.kind === 'store'
    ? `this installation reads another queue, which ClusterSecretStore ${JSON.stringify(choice.store.metadata.name)} names`
    : 'this installation reads another queue, which --events-queue-url names';
}
