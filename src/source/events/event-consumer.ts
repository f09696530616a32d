/**
 * Reads the queue of change events, one poll after the other, and processes the messages. A message is deleted only after all dependants
 * have acted on it and the API holds the result; until then a crash makes it visible again. The consumer receives no messages while the API
 * server or AWS is not available, or too many messages are in flight.
 */
import type { Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { isAbortBy } from '../../base/abort.ts';
import { type BackoffPolicy, backoffDelay } from '../../base/time/backoff.ts';
import { type Ms, ms } from '../../base/time/clock.ts';
import { ok } from '../../base/result.ts';
import { untilAborted, untilFirst } from '../../base/waiting.ts';
import type { RemoteReference } from '../port.ts';
import type { ConsumerOptions, EventResult } from './consumer-options.ts';
import { VISIBILITY_TIMEOUT, InFlight, type ReceivedMessage } from './in-flight.ts';
import { parseMessage } from './parse/parse-message.ts';
import { ReferenceReads, type ReferenceReadsOptions } from './reference-reads.ts';
import { ReadQueue } from './read-queue.ts';
import type { ReliableQueue } from './polling-reliance.ts';

const MAX_IN_FLIGHT = 1_000;
/** Characters of a large message; events of AWS have a few thousand. */
const LARGE_BODY = 16_384;
const CHECK_INTERVAL = ms(250);
const NO_WAIT = ms(0);
/** The maximum of SQS. */
const LONG_POLL = ms(20_000);
/** Interval of the checks for a queue. */
const NO_QUEUE_INTERVAL = ms(2_000);
/** If the consumer has not polled the queue for this time, refreshes must not rely on events. */
const SILENT_MS = 60_000;
/** Deletions within this time share a call. */
const COLLECT = ms(30);
const QUEUE_RETRY: BackoffPolicy = { base: ms(1_000), cap: ms(30_000), factor: 2, jitter: 0.2 };
/** Time between polls while AWS does not answer reads. */
const OUTAGE: BackoffPolicy = { base: ms(2_000), cap: ms(30_000), factor: 2, jitter: 0.2 };
/** After a poll with this number of messages, the queue may have more. */
const FULL_POLL = 10;

/** Results of messages on which no dependant acted. */
const UNKNOWN_LAG: ReadonlySet<EventResult> = new Set(['unaffected', 'unfinished', 'superseded']);

export class EventConsumer {
  readonly #options: ConsumerOptions;
  readonly #inFlight: InFlight;
  readonly #reads: ReferenceReads;
  readonly #handling = new Set<Promise<void>>();
  /** Resolves when there is a message to delete, or capacity for more. */
  #workAdded = Promise.withResolvers<void>();
  #outages = 0;
  #resumeAt = 0;

  constructor(options: ConsumerOptions) {
    const { sqs, clock, slices, references, reconciles, reliance, mayReceive, random = Math.random } = options;
    this.#options = options;
    this.#inFlight = new InFlight(sqs, clock);
    const onAnswer: ReferenceReadsOptions['onAnswer'] = (reference, outcome) => this.#readAnswered(reference, outcome);
    const onConcerned: ReferenceReadsOptions['onConcerned'] = (reference, change) => reliance.eventReceived(reference, change);
    const line = new ReadQueue(clock);
    this.#reads = new ReferenceReads({ clock, slices, references, reconciles, mayReceive, random, onAnswer, onConcerned, line });
  }

  /** Messages in flight. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Receives until `stop`, and processes the received messages until `end`, which comes later. */
  async run(stop: AbortSignal, end: AbortSignal): Promise<void> {
    const maintaining = untilAbort(this.#maintainUntil(end), end);
    const receiving = untilAbort(this.#receiveUntil(stop, end), stop);
    try {
      await Promise.all([receiving, maintaining]);
    } finally {
      await Promise.all(this.#handling);
      await this.#inFlight.end();
    }
  }

  async #receiveUntil(stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { reconciles, reliance } = this.#options;
    await untilAborted(reconciles.whenCaughtUp, stop);
    for (let failures = 0, wait = NO_WAIT; ;) {
      await this.#untilCapacity(stop);
      const polled = await this.#poll(wait, stop, end);
      // The first poll does not wait for messages, so that it shows at once whether the queue can be read.
      wait = polled?.ok === true ? LONG_POLL : NO_WAIT;
      if (polled === undefined) {
        reliance.receivingFrom(undefined);
        await this.#options.clock.sleep(NO_QUEUE_INTERVAL, stop);
        continue;
      }
      reliance.receivingFrom(polled.ok ? polled.value.queue : undefined);
      this.#options.onPoll(polled.ok ? undefined : polled.failure);
      if (polled.ok) {
        failures = 0;
        if (polled.value.count < FULL_POLL) reliance.queueEmptied();
        continue;
      }
      failures += 1;
      await this.#options.clock.sleep(backoffDelay(QUEUE_RETRY, failures, this.#options.random), stop);
    }
  }

  /** Number of messages, and their queue; undefined without a queue. */
  async #poll(
    wait: Ms,
    stop: AbortSignal,
    end: AbortSignal,
  ): Promise<Outcome<{ readonly count: number; readonly queue: ReliableQueue }> | undefined> {
    const queue = await this.#options.queue(stop);
    if (!queue.ok) return queue;
    if (queue.value === 'none') return undefined;
    const address = queue.value;
    const received = await this.#options.sqs.receive(address, { hidden: VISIBILITY_TIMEOUT, wait }, stop);
    if (!received.ok) return received;
    // In flight from now on, whatever the next steps wait for: at the end, messages in flight are given back.
    const messages = received.value.map(({ receipt, body }) => ({ message: this.#inFlight.add(address, receipt), body }));
    this.#signalWork();
    if (messages.length > 0) await this.#options.onReceived?.(stop);
    const work = this.#options.slices.worker(address.source.storeNamespace ?? '');
    for (const { message, body } of messages) {
      // Parsing the largest message takes some milliseconds, and twenty queues may deliver ten each.
      if (body.length > LARGE_BODY) await work.checkpoint();
      this.#begin(message, body, end);
    }
    return ok({ count: messages.length, queue: address });
  }

  /** Waits while no further message should be received. */
  async #untilCapacity(stop: AbortSignal): Promise<void> {
    const { clock, mayReceive, references, reliance, maxInFlight = MAX_IN_FLIGHT } = this.#options;
    let since = clock.monotonic();
    while (!mayReceive() || !references.canRead() || this.#inFlight.size >= maxInFlight || clock.monotonic() < this.#resumeAt) {
      await clock.sleep(CHECK_INTERVAL, stop);
      // While no read is possible, no poll can find a change without an event.
      if (!references.canRead()) since = clock.monotonic();
      else if (clock.monotonic() - since >= SILENT_MS) reliance.receivingFrom(undefined);
    }
  }

  #begin(message: ReceivedMessage, body: string, end: AbortSignal): void {
    const handling = this.#handle(message, body, end);
    this.#handling.add(handling);
    void handling.finally(() => this.#handling.delete(handling));
  }

  async #handle(message: ReceivedMessage, body: string, end: AbortSignal): Promise<void> {
    const { metrics, onError } = this.#options;
    try {
      const result = await this.#resultOf(body, end);
      metrics.ended(result);
      if (result === 'unfinished') this.#inFlight.release(message);
      else this.#inFlight.processed(message);
      this.#signalWork();
    } catch (error) {
      // Still in flight: `InFlight.end` makes it visible again.
      if (isAbortBy(end, error)) return;
      this.#inFlight.release(message);
      metrics.ended('error');
      onError(error);
    }
  }

  async #resultOf(body: string, end: AbortSignal): Promise<EventResult> {
    const { metrics, clock } = this.#options;
    const parsed = parseMessage(body);
    if (parsed.kind !== 'change') return parsed.kind;
    const { change } = parsed;
    const result = await this.#reads.follow(change, end);
    if (change.time !== undefined && !UNKNOWN_LAG.has(result)) metrics.lag(Math.max(clock.now() - change.time, 0) / 1_000);
    return result;
  }

  /** Failures of one identity must not delay the other identities. */
  #readAnswered(reference: RemoteReference, outcome: Outcome<SecretVersion>): void {
    const { clock, random, references } = this.#options;
    const isUnanswered = !outcome.ok && (outcome.failure.reason === 'AWSUnavailable' || outcome.failure.reason === 'Throttled');
    const isOutage = isUnanswered && !references.canRead(reference);
    if (!isOutage) {
      this.#outages = 0;
      this.#resumeAt = 0;
    } else if (clock.monotonic() >= this.#resumeAt) {
      this.#outages += 1;
      this.#resumeAt = clock.monotonic() + backoffDelay(OUTAGE, this.#outages, random);
    }
  }

  async #maintainUntil(end: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const { promise: workAdded } = this.#workAdded;
      const wait = ms(this.#inFlight.nextAt - clock.monotonic());
      if (wait > 0) await untilFirst(workAdded, wait, clock, end);
      this.#workAdded = Promise.withResolvers();
      await clock.sleep(COLLECT, end);
      await this.#inFlight.maintain(end);
    }
  }

  #signalWork(): void {
    this.#workAdded.resolve();
  }
}

/** Settles like `work`, but resolves if the signal aborted it. */
async function untilAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAbortBy(signal, error)) throw error;
  }
}
