/** Change events in the operator: which queue is read and as whom, what is said about it on stores, and how reconciles take part. */
import { findCondition } from '../api/conditions.ts';
import { fail, type Failure, failure, type Outcome } from '../api/failure.ts';
import type { StoreObject } from '../api/secret-store.ts';
import type { Identity } from '../aws/identity.ts';
import type { EventQueue, QueueAddress } from '../aws/queue-events-port.ts';
import type { Clock, Ms } from '../base/clock.ts';
import { keyOf, type Key } from '../base/key.ts';
import { priority } from '../base/priority.ts';
import { ok } from '../base/result.ts';
import type { Config } from '../config.ts';
import { resolveStore, type ResolveStoreContext } from '../resolve/resolve-store.ts';
import { chooseQueue, isForAll, type QueueChoice, standingOf } from '../source/events/choose-queue.ts';
import { EventConsumer } from '../source/events/consumer.ts';
import { regionOfQueue } from '../source/events/queue-region.ts';
import type { EventReferences } from '../source/events/references.ts';
import { Rounds } from '../source/events/rounds.ts';
import { EventTrust, type TrustedQueue } from '../source/events/trust.ts';
import { keyOfIdentity } from '../source/reference-key.ts';
import type { EventsFinding } from '../status/store-status.ts';
import type { EventMetrics } from '../telemetry/event-metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Queues, Reconcile } from './controllers.ts';

export interface ChangeEventsParts {
  readonly config: Pick<Config, 'eventsQueueUrl' | 'eventsMaxAge'>;
  readonly view: Pick<ClusterView, 'externalSecrets' | 'secretStores' | 'clusterSecretStores'>;
  readonly queues: Pick<Queues, 'secretStores' | 'clusterSecretStores'>;
  readonly sqs: EventQueue;
  readonly clock: Clock;
  readonly metrics: EventMetrics;
  readonly logger: Logger;
  /** Whether the API server answers. */
  readonly mayReceive: () => boolean;
}

export interface EventsEngine {
  readonly references: EventReferences;
  replan(): void;
}

type Polled = 'not yet' | 'well' | Failure;

/** Polls in a row: one alone would be said on all stores, and taken back a second later. */
const FAILURES_TO_TELL = 2;

export class ChangeEvents {
  readonly #parts: ChangeEventsParts;
  readonly #rounds: Rounds;
  readonly witness: EventTrust;
  /** How polls of the queue go. */
  #polled: Polled = 'not yet';
  /** In a row. */
  #failures = 0;
  #replan: () => void = () => undefined;
  #consumer: EventConsumer | undefined;
  /** Stores whose status was looked at for what a process before this one has found. */
  readonly #inherited = new Set<Key>();
  /** Stores will be woken when what happens now has happened. */
  #waking = false;

  constructor(parts: ChangeEventsParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(keysOf(parts.view.externalSecrets.list()));
    this.witness = new EventTrust({
      clock: parts.clock,
      onChange: () => {
        this.#replan();
        this.#wakeStores();
      },
      onMissed: ({ secretId }) => {
        parts.metrics.missed();
        parts.logger.warn({ secret: secretId }, 'a poll found a change that no event had told');
      },
    });
  }

  get inFlight(): number {
    return this.#consumer?.inFlight ?? 0;
  }

  /** A dependant has to look again; `since` (wall clock): when that was due which has shown it. */
  called(key: Key, since: Ms): void {
    this.#rounds.called(key, since);
  }

  /** The earliest of these times that is not settled yet. */
  get calledSince(): Ms | undefined {
    return this.#rounds.calledSince;
  }

  /** What the round under way has found is recorded in the API. */
  settled(key: Key): void {
    this.#rounds.settled(key);
  }

  /** The reconciler, watched from its beginning to its end. */
  watched(reconcile: Reconcile): Reconcile {
    return async (key, signal) => {
      this.#rounds.began(key);
      try {
        return await reconcile(key, signal);
      } finally {
        this.#rounds.ended(key);
      }
    };
  }

  /** How it stands with events for a store that reads as `identity`. */
  finding(store: StoreObject, identity: Identity | undefined): EventsFinding {
    if (identity !== undefined) this.#inherit(store, identity);
    const choice = this.#choice();
    switch (standingOf(store, choice)) {
      case 'none':
        return { kind: 'none' };
      case 'missing':
        return { kind: 'failed', failure: failure('EventsQueueMissing', 'events are asked for, and no queue is read for this store') };
      case 'conflict':
        return { kind: 'failed', failure: failure('EventsQueueConflict', conflictWith(choice)) };
      case 'chosen':
      case 'shared':
        return this.#received(choice, identity);
      default:
        throw new TypeError('a standing that nobody knows');
    }
  }

  /** Receives until `stop`, and takes care of what was received until `end`. */
  async run(engine: EventsEngine, stores: ResolveStoreContext, stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { sqs, clock, metrics, logger, mayReceive } = this.#parts;
    this.#replan = () => engine.replan();
    this.#consumer = new EventConsumer({
      sqs,
      clock,
      references: engine.references,
      rounds: this.#rounds,
      trust: this.witness,
      queue: (signal) => this.#address(stores, signal),
      mayReceive,
      onPoll: (problem) => this.#onPoll(problem),
      onError: (error) => logger.error({ err: error }, 'event could not be handled; this is a defect'),
      metrics,
    });
    await this.#consumer.run(stop, end);
  }

  /** What was found stands in the status: a restart does not make events complete. */
  #inherit({ metadata: { namespace = '', name }, status }: StoreObject, identity: Identity): void {
    const key = keyOf(namespace, name);
    if (this.#inherited.has(key)) return;
    this.#inherited.add(key);
    if (findCondition(status?.conditions, 'Events')?.reason === 'EventsIncomplete') this.witness.inherit(keyOfIdentity(identity));
  }

  #choice(): QueueChoice {
    const { config, view } = this.#parts;
    return chooseQueue(config.eventsQueueUrl ?? undefined, [...view.clusterSecretStores.list(), ...view.secretStores.list()]);
  }

  #received(choice: QueueChoice, identity: Identity | undefined): EventsFinding {
    if (this.#polled === 'not yet') return { kind: 'unknown' };
    if (this.#polled !== 'well') {
      return { kind: 'failed', failure: failure('EventsQueueFailing', this.#polled.message, { cause: this.#polled }) };
    }
    if (identity !== undefined && this.witness.isIncomplete(keyOfIdentity(identity))) {
      return { kind: 'failed', failure: failure('EventsIncomplete', 'a change was found that no event had told') };
    }
    return { kind: 'received', message: `changes are told by ${nameOf(choice)}` };
  }

  async #address(stores: ResolveStoreContext, signal: AbortSignal): Promise<Outcome<(QueueAddress & TrustedQueue) | 'none'>> {
    const choice = this.#choice();
    if (choice.kind === 'none') {
      this.#onPoll('none');
      return ok('none');
    }
    const { url } = choice;
    const region = regionOfQueue(url);
    const forAll = isForAll(choice);
    if (choice.kind === 'operator') {
      const own = region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
      if (own === undefined) return fail('AWSRequestRefused', `the region of ${nameOf(choice)} is not known: set AWS_REGION`);
      return ok({ url, forAll, source: { region: own, base: { kind: 'operator' }, roles: [] } });
    }
    const resolved = await resolveStore(choice.store, stores, signal);
    if (!resolved.ok) return resolved;
    const { identity } = resolved.value;
    return ok({ url, forAll, source: { ...identity, region: region ?? identity.region } });
  }

  /** undefined: it went well. */
  #onPoll(problem: Failure | 'none' | undefined): void {
    const before = this.#polled;
    this.#parts.metrics.receiving(problem === 'none' ? undefined : problem === undefined);
    this.#failures = typeof problem === 'object' ? this.#failures + 1 : 0;
    if (this.#failures > 0 && this.#failures < FAILURES_TO_TELL) return;
    this.#polled = problem === 'none' ? 'not yet' : (problem ?? 'well');
    if (textOf(before) === textOf(this.#polled)) return;
    if (problem !== undefined && problem !== 'none') {
      this.#parts.logger.warn({ reason: problem.reason, problem: problem.message }, 'queue of change events cannot be read');
    } else if (problem === undefined) this.#parts.logger.info({}, 'queue of change events is being read');
    this.#wakeStores();
  }

  /** A poll that goes well changes two things at once: whether the queue is read, and whether it is relied on. Stores are looked at once for both. */
  #wakeStores(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      this.#wakeConcerned();
    });
  }

  /** Those on which something is said about events. */
  #wakeConcerned(): void {
    const { view, queues } = this.#parts;
    const choice = this.#choice();
    for (const name of ['secretStores', 'clusterSecretStores'] as const) {
      const concerned = Array.from(view[name].list()).filter((store) => standingOf(store, choice) !== 'none');
      for (const key of keysOf(concerned)) queues[name].add(key, priority.change);
    }
  }
}

function* keysOf(objects: Iterable<Pick<StoreObject, 'metadata'>>): Iterable<Key> {
  for (const { metadata } of objects) yield keyOf(metadata.namespace ?? '', metadata.name);
}

function textOf(polled: Polled): string {
  return typeof polled === 'string' ? polled : polled.message;
}

function nameOf(choice: QueueChoice): string {
  return choice.kind === 'none' ? 'no queue' : `queue "${choice.url.split('/').at(-1) ?? ''}"`;
}

/** Who named the other queue is told, but not what another namespace has named. */
function conflictWith(choice: QueueChoice): string {
  if (choice.kind === 'operator') return 'this installation reads another queue, which --events-queue-url names';
  const { kind } = choice;
  const cluster = kind === 'store' && (choice.store.metadata.namespace ?? '') === '';
  return cluster
    ? `this installation reads another queue, which ClusterSecretStore ${JSON.stringify(choice.store.metadata.name)} names`
    : 'this installation reads another queue, which an older store names';
}
