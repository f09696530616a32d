/** The queues that SecretStores name. Each is read while a store names it, for references of the identities of its stores only. */
import { abortReason, isAbortBy } from '../base/abort.ts';
import { failed, ok } from '../base/result.ts';
import { fail, type Outcome } from '../failure/failure.ts';
import { type Identity, lastingIdentityKey } from '../aws/credentials/identity.ts';
import type { QueueAddress } from '../aws/event-queue-port.ts';
import { ms } from '../base/time/clock.ts';
import { resolveStore, type StoreIdentityContext } from '../resolve/store/resolve-store.ts';
import { NO_CREDENTIALS, type OwnQueue, type OwnQueueId, type QueuePlan } from '../source/events/choose-queue.ts';
import { limitedReferences } from '../source/events/limited-references.ts';
import { regionOfQueue } from '../source/events/queue-region.ts';
import type { IdentityReliance } from '../source/events/queue-reliance.ts';
import type { EventReferences } from '../source/events/event-references.ts';
import type { ReliableQueue } from '../source/events/polling-reliance.ts';
import { QueueConsumer, type ConsumerParts } from './queue-consumer.ts';

/** Time between two updates of the set of queues. */
export const UPDATE_INTERVAL = ms(2_000);
/** Messages of one queue: half of the messages in flight of the installation's queue. */
const MAX_IN_FLIGHT = 500;

export interface OwnQueuesParts extends ConsumerParts {
  readonly plan: () => QueuePlan;
  /** The findings about the queue have changed for its stores. */
  readonly onChange: (queue: OwnQueue) => void;
}

interface Entry {
  queue: OwnQueue;
  readonly consumer: QueueConsumer;
  /** Lasting keys of the identities that its events may concern. */
  identities: ReadonlySet<string>;
  readonly stop: AbortController;
}

export class OwnQueues {
  readonly #parts: OwnQueuesParts;
  readonly #queues = new Map<OwnQueueId, Entry>();
  readonly #running = new Set<Promise<void>>();
  readonly #defect = new AbortController();
  /** Errors that ended the consumer of a queue without a stop. */
  readonly #defects: unknown[] = [];

  constructor(parts: OwnQueuesParts) {
    this.#parts = parts;
  }

  consumer(id: OwnQueueId): QueueConsumer | undefined {
    return this.#queues.get(id)?.consumer;
  }

  *reliances(): Generator<IdentityReliance> {
    for (const entry of this.#queues.values()) {
      yield { url: entry.queue.url, reliance: entry.consumer.reliance, serves: (identity) => serves(entry, identity) };
    }
  }

  /** Messages in flight of all queues. */
  get inFlight(): number {
    let count = 0;
    for (const { consumer } of this.#queues.values()) count += consumer.inFlight;
    return count;
  }

  /** Number of queues that can be read, and of those that cannot. */
  get states(): { readonly up: number; readonly down: number } {
    const up = this.#queues
      .values()
      .filter(({ consumer }) => consumer.isUp)
      .toArray().length;
    return { up, down: this.#queues.size - up };
  }

  /**
   * Like the consumer of one queue: receives until `stop`, and processes the received messages until `end`. A defect of one queue ends the
   * consumers of all queues; then rejects with the first defect.
   */
  async run(references: EventReferences, stores: StoreIdentityContext, stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { clock, plan } = this.#parts;
    const over = AbortSignal.any([stop, this.#defect.signal]);
    try {
      while (!over.aborted) {
        this.#adjust(plan().own, (entry) => this.#start(entry, { references, stores, stop, end }));
        await clock.sleep(UPDATE_INTERVAL, over);
      }
    } catch (error) {
      if (!isAbortBy(over, error)) this.#failed(error);
    }
    await Promise.all(this.#running);
    if (this.#defects.length > 0) throw this.#defects[0];
  }

  #failed(error: unknown): void {
    this.#defects.push(error);
    const reason = abortReason('the reading of a queue has failed');
    this.#defect.abort(reason);
    for (const { stop } of this.#queues.values()) stop.abort(reason);
  }

  #adjust(wanted: QueuePlan['own'], start: (entry: Omit<Entry, 'consumer'>) => Entry): void {
    for (const [id, entry] of this.#queues) {
      if (wanted.has(id)) continue;
      entry.stop.abort(new DOMException('no store names the queue any more', 'AbortError'));
      this.#queues.delete(id);
      this.#parts.onChange(entry.queue);
    }
    for (const [id, queue] of wanted) {
      const known = this.#queues.get(id);
      if (known === undefined) this.#queues.set(id, start({ queue, identities: new Set(), stop: new AbortController() }));
      else known.queue = queue;
    }
  }

  #start(started: Omit<Entry, 'consumer'>, { references, stores, stop, end }: Running): Entry {
    // The time in a message may be forged, and must not cause an alert.
    const metrics = { ended: this.#parts.metrics.ended, lag: () => undefined };
    const entry: Entry = Object.assign(started, {
      consumer: new QueueConsumer(
        { ...this.#parts, metrics },
        {
          name: `${started.queue.namespace}: ${started.queue.url.split('/').at(-1) ?? ''}`,
          address: (signal) => addressOf(entry, stores, signal),
          // Credentials may have changed during the poll. Messages count for the present ones.
          onReceived: async (signal) => void (await addressOf(entry, stores, signal)),
          onChange: () => this.#parts.onChange(entry.queue),
          maxInFlight: MAX_IN_FLIGHT,
        },
      ),
    });
    const signals = [stop, end].map((signal) => AbortSignal.any([signal, entry.stop.signal])) as [AbortSignal, AbortSignal];
    const limited = limitedReferences(references, (identity) => serves(entry, identity));
    const running = entry.consumer.run(limited, ...signals).catch((error: unknown) => this.#failed(error));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return entry;
  }
}

interface Running {
  readonly references: EventReferences;
  readonly stores: StoreIdentityContext;
  readonly stop: AbortSignal;
  readonly end: AbortSignal;
}

function serves({ identities }: Pick<Entry, 'identities'>, identity: Identity): boolean {
  return identity.base.kind !== 'operator' && identities.has(lastingIdentityKey(identity));
}

/** The queue is read with the identity of its oldest store. Its events concern the identities of all its stores. */
async function addressOf(entry: Entry, stores: StoreIdentityContext, signal: AbortSignal): Promise<Outcome<QueueAddress & ReliableQueue>> {
  const { url } = entry.queue;
  const resolved = await Promise.all(entry.queue.stores.map((store) => resolveStore(store, stores, signal)));
  const identities = resolved.flatMap((one) => (one.ok ? [one.value.identity] : []));
  entry.identities = new Set(identities.map(lastingIdentityKey));
  const [first] = resolved;
  if (first === undefined) throw new TypeError('a queue that no store names');
  if (!first.ok) return failed(first.failure);
  const { identity } = first.value;
  if (identity.base.kind === 'operator') return fail('EventsQueueNotAllowed', NO_CREDENTIALS);
  return ok({ url, forAll: false, source: { ...identity, region: regionOfQueue(url) ?? identity.region } });
}
