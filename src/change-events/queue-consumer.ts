/** The consumer of one queue of change events: the results of its polls, and the findings for stores. */
import { type Failure, failure, failureKey, type Outcome } from '../failure/failure.ts';
import { type Identity, identityKey } from '../aws/credentials/identity.ts';
import type { EventQueue, QueueAddress } from '../aws/event-queue-port.ts';
import type { Clock } from '../base/time/clock.ts';
import type { TimeSlices } from '../base/time/time-slices.ts';
import { sentenceFor } from '../messages/message.ts';
import { owner } from '../messages/reader.ts';
import { EventConsumer } from '../source/events/event-consumer.ts';
import type { EventReferences } from '../source/events/event-references.ts';
import type { RemoteReference } from '../source/port.ts';
import type { PendingReconciles } from '../source/events/pending-reconciles.ts';
import { PollingReliance, type ReliableQueue } from '../source/events/polling-reliance.ts';
import type { EventsFinding } from '../status/store-status.ts';
import type { EventMetrics } from '../telemetry/metrics/event-metrics.ts';
import type { Logger } from '../telemetry/log/logger.ts';

/** Dependencies that the consumers of all queues share. */
export interface ConsumerParts {
  readonly sqs: EventQueue;
  readonly clock: Clock;
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly reconciles: PendingReconciles;
  readonly metrics: Pick<EventMetrics, 'ended' | 'lag'>;
  readonly logger: Logger;
  /** Whether the API server responds. */
  readonly mayReceive: () => boolean;
  /** The reliance of polls on events has changed. */
  readonly replan: () => void;
}

/** Options that differ for each queue. */
export interface QueueConsumerOptions {
  /** Name for log lines. */
  readonly name: string;
  /** The queue and the identity for its reads. Called before each poll. 'none': no queue. */
  readonly address: (signal: AbortSignal) => Promise<Outcome<(QueueAddress & ReliableQueue) | 'none'>>;
  /** Called after messages were received and before they are processed. */
  readonly onReceived?: (signal: AbortSignal) => Promise<void>;
  /** Whether the queue can be read. Undefined without a queue. */
  readonly onReceiving?: (receiving: boolean | undefined) => void;
  readonly onMissed?: (reference: RemoteReference) => void;
  /** The finding about the queue has changed. */
  readonly onChange: () => void;
  readonly maxInFlight?: number;
}

type Polled = 'not yet' | 'succeeded' | Failure;

/** Consecutive failed polls. A single failure would show on all stores, and disappear a second later. */
const FAILURES_TO_SHOW = 2;

export class QueueConsumer {
  readonly #parts: ConsumerParts;
  readonly #options: QueueConsumerOptions;
  readonly reliance: PollingReliance;
  #polled: Polled = 'not yet';
  /** Number of consecutive failed polls. */
  #failures = 0;
  #consumer: EventConsumer | undefined;

  constructor(parts: ConsumerParts, options: QueueConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.reliance = new PollingReliance({
      clock: parts.clock,
      onChange: () => {
        parts.replan();
        options.onChange();
      },
      onMissed: (reference) => options.onMissed?.(reference),
    });
  }

  /** Messages in flight. */
  get inFlight(): number {
    return this.#consumer?.inFlight ?? 0;
  }

  /** Whether the last poll has succeeded. */
  get isUp(): boolean {
    return this.#polled === 'succeeded';
  }

  /** The finding for a store that relies on this queue and has this identity. */
  finding(identity: Identity | undefined, name: string): EventsFinding {
    if (this.#polled === 'not yet') return { kind: 'unknown' };
    if (this.#polled !== 'succeeded') {
      return { kind: 'failed', failure: failure('EventsQueueFailing', {}, { because: this.#polled }) };
    }
    if (identity !== undefined && this.reliance.isIncomplete(identityKey(identity))) {
      return { kind: 'failed', failure: failure('EventsIncomplete', 'a change was found without an event') };
    }
    return { kind: 'received', message: `changes are told by ${name}` };
  }

  /** Receives until `stop`, and processes the received messages until `end`. */
  async run(references: EventReferences, stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { sqs, clock, slices, reconciles, metrics, logger, mayReceive } = this.#parts;
    const { address, onReceived, maxInFlight, onReceiving } = this.#options;
    this.#consumer = new EventConsumer({
      sqs,
      clock,
      slices,
      references,
      reconciles,
      reliance: this.reliance,
      queue: async (signal) => {
        const found = await address(signal);
        if (found.ok && found.value === 'none') this.#onPoll('none', onReceiving);
        return found;
      },
      mayReceive,
      onPoll: (problem) => this.#onPoll(problem, onReceiving),
      onError: (error) => logger.error({ err: error }, 'event could not be handled; this is a defect'),
      metrics,
      ...(onReceived !== undefined && { onReceived }),
      ...(maxInFlight !== undefined && { maxInFlight }),
    });
    try {
      await this.#consumer.run(stop, end);
    } finally {
      this.reliance.receivingFrom(undefined);
    }
  }

  /** Undefined: the poll has succeeded. */
  #onPoll(problem: Failure | 'none' | undefined, onReceiving: QueueConsumerOptions['onReceiving']): void {
    const before = this.#polled;
    onReceiving?.(problem === 'none' ? undefined : problem === undefined);
    this.#failures = typeof problem === 'object' ? this.#failures + 1 : 0;
    if (this.#failures > 0 && this.#failures < FAILURES_TO_SHOW) return;
    this.#polled = problem === 'none' ? 'not yet' : (problem ?? 'succeeded');
    if (keyOf(before) === keyOf(this.#polled)) return;
    this.#log(problem);
    this.#options.onChange();
  }

  #log(problem: Failure | 'none' | undefined): void {
    const { logger } = this.#parts;
    const { name: queue } = this.#options;
    if (problem === 'none') return;
    if (problem === undefined) logger.info({ queue }, 'queue of change events is being read');
    else logger.warn({ queue, reason: problem.reason, problem: sentenceFor(problem, owner) }, 'queue of change events cannot be read');
  }
}

function keyOf(polled: Polled): string {
  return typeof polled === 'string' ? polled : failureKey(polled);
}
