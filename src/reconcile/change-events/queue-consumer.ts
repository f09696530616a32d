/** One queue of change events being read: how its polls go, and what stores are told of it. */
import { type Failure, failure, failureKey, type Outcome } from '../../api/failure.ts';
import { type Identity, identityKey } from '../../aws/credentials/identity.ts';
import type { EventQueue, QueueAddress } from '../../aws/sqs/port.ts';
import type { Clock } from '../../base/clock.ts';
import type { TimeSlices } from '../../base/time-slices.ts';
import { sentenceFor } from '../../api/messages/message.ts';
import { owner } from '../../api/messages/reader.ts';
import { EventConsumer } from '../../source/events/consumer.ts';
import type { EventReferences } from '../../source/events/event-references.ts';
import type { RemoteReference } from '../../source/port.ts';
import type { PendingReconciles } from '../../source/events/pending-reconciles.ts';
import { PollingReliance, type ReliableQueue } from '../../source/events/polling-reliance.ts';
import type { EventsFinding } from '../../status/store-status.ts';
import type { EventMetrics } from '../../telemetry/event-metrics.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** What all queues share. */
export interface ReadingParts {
  readonly sqs: EventQueue;
  readonly clock: Clock;
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly rounds: PendingReconciles;
  readonly metrics: Pick<EventMetrics, 'ended' | 'lag'>;
  readonly logger: Logger;
  /** Whether the API server answers. */
  readonly mayReceive: () => boolean;
  /** When polls may be apart has to be planned anew. */
  readonly replan: () => void;
}

/** What differs from queue to queue. */
export interface ReadingOptions {
  /** For the log. */
  readonly name: string;
  /** Where it is, and as whom it is read; asked before each poll. 'none': nowhere. */
  readonly address: (signal: AbortSignal) => Promise<Outcome<(QueueAddress & ReliableQueue) | 'none'>>;
  /** After messages were received and before they are followed. */
  readonly onReceived?: (signal: AbortSignal) => Promise<void>;
  /** Whether it is read; undefined: there is none. */
  readonly onReceiving?: (receiving: boolean | undefined) => void;
  readonly onMissed?: (reference: RemoteReference) => void;
  /** What is said of it on stores is not as it was. */
  readonly onChange: () => void;
  readonly mostInFlight?: number;
}

type Polled = 'not yet' | 'well' | Failure;

/** Polls in a row: one alone would be said on all stores, and taken back a second later. */
const FAILURES_TO_TELL = 2;

export class QueueReading {
  readonly #parts: ReadingParts;
  readonly #options: ReadingOptions;
  readonly reliance: PollingReliance;
  #polled: Polled = 'not yet';
  /** In a row. */
  #failures = 0;
  #consumer: EventConsumer | undefined;

  constructor(parts: ReadingParts, options: ReadingOptions) {
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

  /** Messages that were received and are not deleted. */
  get inFlight(): number {
    return this.#consumer?.inFlight ?? 0;
  }

  /** Whether it can be read, as far as is known. */
  get isUp(): boolean {
    return this.#polled === 'well';
  }

  /** How it stands with events for a store that relies on this queue and reads as `identity`. */
  finding(identity: Identity | undefined, name: string): EventsFinding {
    if (this.#polled === 'not yet') return { kind: 'unknown' };
    if (this.#polled !== 'well') {
      return { kind: 'failed', failure: failure('EventsQueueFailing', {}, { because: this.#polled }) };
    }
    if (identity !== undefined && this.reliance.isIncomplete(identityKey(identity))) {
      return { kind: 'failed', failure: failure('EventsIncomplete', 'a change was found that no event had told') };
    }
    return { kind: 'received', message: `changes are told by ${name}` };
  }

  /** Receives until `stop`, and takes care of what was received until `end`. */
  async run(references: EventReferences, stop: AbortSignal, end: AbortSignal): Promise<void> {
    const { sqs, clock, slices, rounds, metrics, logger, mayReceive } = this.#parts;
    const { address, onReceived, mostInFlight, onReceiving } = this.#options;
    this.#consumer = new EventConsumer({
      sqs,
      clock,
      slices,
      references,
      rounds,
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
      ...(mostInFlight !== undefined && { mostInFlight }),
    });
    try {
      await this.#consumer.run(stop, end);
    } finally {
      this.reliance.receivingFrom(undefined);
    }
  }

  /** undefined: it went well. */
  #onPoll(problem: Failure | 'none' | undefined, onReceiving: ReadingOptions['onReceiving']): void {
    const before = this.#polled;
    onReceiving?.(problem === 'none' ? undefined : problem === undefined);
    this.#failures = typeof problem === 'object' ? this.#failures + 1 : 0;
    if (this.#failures > 0 && this.#failures < FAILURES_TO_TELL) return;
    this.#polled = problem === 'none' ? 'not yet' : (problem ?? 'well');
    if (keyOf(before) === keyOf(this.#polled)) return;
    const { logger } = this.#parts;
    const { name: queue, onChange } = this.#options;
    if (problem !== undefined && problem !== 'none') {
      logger.warn({ queue, reason: problem.reason, problem: sentenceFor(problem, owner) }, 'queue of change events cannot be read');
    } else if (problem === undefined) logger.info({ queue }, 'queue of change events is being read');
    onChange();
  }
}

function keyOf(polled: Polled): string {
  return typeof polled === 'string' ? polled : failureKey(polled);
}
