/**
 * Reads the queue of change events, one poll after the other, and follows what it tells. A message is deleted only once everybody whom it
 * concerns has acted on it and the API holds what they did; until then a crash brings it back. It stops receiving while the API server or AWS is
 * down, and while there is too much under way.
 */
import type { Outcome } from '../../api/failure.ts';
import type { QueueAddress, QueueMessage } from '../../aws/sqs/port.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { isAbortBy } from '../../base/abort.ts';
import { type BackoffPolicy, backoffDelay } from '../../base/backoff.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { ok } from '../../base/result.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { RemoteReference } from '../port.ts';
import type { ConsumerOptions, EventResult } from './consumer-options.ts';
import { HIDDEN, InFlight, type Message } from './in-flight.ts';
import { parseMessage } from './parse/parse-message.ts';
import { ReferenceReads, type ReferenceReadsOptions } from './reference-reads.ts';
import { ReadLimits } from './read-limits.ts';
import type { ReliableQueue } from './polling-reliance.ts';

const MOST_IN_FLIGHT = 1_000;
/** Characters of a message; those of AWS have few thousand. */
const LARGE = 16_384;
const LOOK_AGAIN = ms(250);
const AT_ONCE = ms(0);
/** The most that SQS takes. */
const LONG_POLL = ms(20_000);
/** Between two looks for a queue. */
const IDLE = ms(2_000);
/** Nothing was received for so long: polling must not rely on events. */
const SILENT_MS = 60_000;
/** Deletions of a moment share a call. */
const GATHER = ms(30);
const QUEUE_RETRY: BackoffPolicy = { base: ms(1_000), cap: ms(30_000), factor: 2, jitter: 0.2 };
/** While AWS answers no reads, polls are so far apart. */
const OUTAGE: BackoffPolicy = { base: ms(2_000), cap: ms(30_000), factor: 2, jitter: 0.2 };
/** A poll that gives as many may have left more behind. */
const FULL_POLL = 10;

/** Nobody has acted on the message itself. */
const UNKNOWN_LAG: ReadonlySet<EventResult> = new Set(['unfinished', 'superseded']);

export class EventConsumer {
  readonly #options: ConsumerOptions;
  readonly #inFlight: InFlight;
  readonly #places: ReferenceReads;
  readonly #handling = new Set<Promise<void>>();
  /** Something to delete, or room for more. */
  #stirred = Promise.withResolvers<void>();
  #outages = 0;
  #resumeAt = 0;

  constructor(options: ConsumerOptions) {
    const { sqs, clock, references, rounds, mayReceive, random = Math.random } = options;
    this.#options = options;
    this.#inFlight = new InFlight(sqs, clock);
    const onAnswer: ReferenceReadsOptions['onAnswer'] = (reference, outcome) => this.#answered(reference, outcome);
    this.#places = new ReferenceReads({ clock, references, rounds, mayReceive, random, onAnswer, limits: new ReadLimits(clock) });
  }

  /** Messages under way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Receives until `stop`, and takes care of what was received until `end`, which comes later. */
  async run(stop: AbortSignal, end: AbortSignal): Promise<void> {
    const tending = untilAbort(this.#tendUntil(end), end);
    const receiving = untilAbort(this.#receiveUntil(stop, end), stop);
    try {
      await Promise.all([receiving, tending]);
    } finally {
      await Promise.all(this.#handling);
      await this.#inFlight.end();
    }
  }

  async #receiveUntil(stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { rounds, reliance } = this.#options;
    await untilAborted(rounds.whenCaughtUp, stop);
    for (let failures = 0, wait = AT_ONCE; ;) {
      await this.#untilRoom(stop);
      const polled = await this.#poll(wait, stop, end);
      // Whether the queue can be read should not take twenty seconds to know.
      wait = polled?.ok === true ? LONG_POLL : AT_ONCE;
      if (polled === undefined) {
        reliance.receivingFrom(undefined);
        await this.#options.clock.sleep(IDLE, stop);
        continue;
      }
      reliance.receivingFrom(polled.ok ? polled.value.queue : undefined);
      this.#options.onPoll(polled.ok ? undefined : polled.failure);
      if (polled.ok) {
        failures = 0;
        if (polled.value.count < FULL_POLL) reliance.drained();
        continue;
      }
      failures += 1;
      await this.#options.clock.sleep(backoffDelay(QUEUE_RETRY, failures, this.#options.random), stop);
    }
  }

  /** How many came, and from where; undefined when there is nowhere to ask. */
  async #poll(
    wait: Ms,
    stop: AbortSignal,
    end: AbortSignal,
  ): Promise<Outcome<{ readonly count: number; readonly queue: ReliableQueue }> | undefined> {
    const queue = await this.#options.queue(stop);
    if (!queue.ok) return queue;
    if (queue.value === 'none') return undefined;
    const address = queue.value;
    const received = await this.#options.sqs.receive(address, { hidden: HIDDEN, wait }, stop);
    if (!received.ok) return received;
    if (received.value.length > 0) await this.#options.onReceived?.(stop);
    // Without a signal: what was received is given back at the end only if it was begun.
    const work = this.#options.slices.worker(address.source.storeNamespace ?? '');
    for (const message of received.value) {
      // To parse the largest takes some milliseconds, and twenty queues may each have ten of them.
      if (message.body.length > LARGE) await work.checkpoint();
      this.#begin(address, message, end);
    }
    return ok({ count: received.value.length, queue: address });
  }

  /** Until there is something to gain from receiving more. */
  async #untilRoom(stop: AbortSignal): Promise<void> {
    const { clock, mayReceive, references, reliance, mostInFlight = MOST_IN_FLIGHT } = this.#options;
    let since = clock.monotonic();
    while (!mayReceive() || !references.canRead() || this.#inFlight.size >= mostInFlight || clock.monotonic() < this.#resumeAt) {
      await clock.sleep(LOOK_AGAIN, stop);
      // While nothing can be read, polls would find no more than events.
      if (!references.canRead()) since = clock.monotonic();
      else if (clock.monotonic() - since >= SILENT_MS) reliance.receivingFrom(undefined);
    }
  }

  #begin(queue: QueueAddress, { receipt, body }: QueueMessage, end: AbortSignal): void {
    const message = this.#inFlight.add(queue, receipt);
    this.#stir();
    const handling = this.#handle(message, body, end);
    this.#handling.add(handling);
    void handling.finally(() => this.#handling.delete(handling));
  }

  async #handle(message: Message, body: string, end: AbortSignal): Promise<void> {
    const { metrics, onError } = this.#options;
    try {
      const result = await this.#resultOf(body, end);
      metrics.ended(result);
      if (result === 'unfinished') this.#inFlight.leave(message);
      else this.#inFlight.done(message);
      this.#stir();
    } catch (error) {
      // Still in flight: it is given back at the very end.
      if (isAbortBy(end, error)) return;
      this.#inFlight.leave(message);
      metrics.ended('error');
      onError(error);
    }
  }

  async #resultOf(body: string, end: AbortSignal): Promise<EventResult> {
    const { references, reliance, metrics, clock } = this.#options;
    const parsed = parseMessage(body);
    if (parsed.kind !== 'change') return parsed.kind;
    const { change } = parsed;
    const concerned = references.concernedBy(change);
    if (concerned.length === 0) return 'unaffected';
    for (const reference of concerned) reliance.told(reference, change);
    const result = await this.#places.follow(concerned, change, end);
    if (change.time !== undefined && !UNKNOWN_LAG.has(result)) metrics.lag(Math.max(clock.now() - change.time, 0) / 1_000);
    return result;
  }

  /** The trouble of one identity holds up nobody else. */
  #answered(reference: RemoteReference, outcome: Outcome<SecretVersion>): void {
    const { clock, random, references } = this.#options;
    const unanswered = !outcome.ok && (outcome.failure.reason === 'AWSUnavailable' || outcome.failure.reason === 'Throttled');
    const outage = unanswered && !references.canRead(reference);
    if (!outage) {
      this.#outages = 0;
      this.#resumeAt = 0;
    } else if (clock.monotonic() >= this.#resumeAt) {
      this.#outages += 1;
      this.#resumeAt = clock.monotonic() + backoffDelay(OUTAGE, this.#outages, random);
    }
  }

  async #tendUntil(end: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const { promise: stirred } = this.#stirred;
      const wait = ms(this.#inFlight.nextAt - clock.monotonic());
      if (wait > 0) await untilFirst(stirred, wait, clock, end);
      this.#stirred = Promise.withResolvers();
      await clock.sleep(GATHER, end);
      await this.#inFlight.tend(end);
    }
  }

  #stir(): void {
    this.#stirred.resolve();
  }
}

/** Settles like `work`, but an abort of ours is a good end. */
async function untilAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAbortBy(signal, error)) throw error;
  }
}

/** What the event resolves with, or undefined when the time is over first. */
async function untilFirst<T>(event: Promise<T>, wait: Ms, clock: Clock, signal: AbortSignal): Promise<T | undefined> {
  if (wait === Number.POSITIVE_INFINITY) return untilAborted(event, signal);
  const over = new AbortController();
  try {
    return await Promise.race([event, clock.sleep(wait, AbortSignal.any([signal, over.signal])).then(() => undefined)]);
  } finally {
    over.abort();
  }
}
