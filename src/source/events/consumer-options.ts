/** The options of the consumer of change events, and its results. */
import type { Failure, Outcome } from '../../failure/failure.ts';
import type { EventQueue, QueueAddress } from '../../aws/event-queue-port.ts';
import type { Clock } from '../../base/time/clock.ts';
import type { TimeSlices } from '../../base/time/time-slices.ts';
import type { ReferenceReadResult } from './reference-reads.ts';
import type { EventReferences } from './event-references.ts';
import type { PendingReconciles } from './pending-reconciles.ts';
import type { PollingReliance, ReliableQueue } from './polling-reliance.ts';

/**
 * The result of a message. unaffected: no subscriber uses the secret. unfinished: a dependant cannot act on it; the message becomes visible
 * again. error: a defect; the message becomes visible again too.
 */
export type EventResult = ReferenceReadResult | 'unaffected' | 'foreign' | 'poison' | 'error';

export interface ConsumerMetrics {
  readonly ended: (result: EventResult) => void;
  /** Time from the event until all dependants acted on it. */
  readonly lag: (seconds: number) => void;
}

export interface ConsumerOptions {
  readonly sqs: EventQueue;
  readonly clock: Clock;
  /** The event loop. Large messages take time slices of it. */
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly references: EventReferences;
  readonly reconciles: PendingReconciles;
  readonly reliance: PollingReliance;
  /** The queue to poll; called before each poll. 'none': no queue. */
  readonly queue: (signal: AbortSignal) => Promise<Outcome<(QueueAddress & ReliableQueue) | 'none'>>;
  /** Whether dependants can act on events now. */
  readonly mayReceive: () => boolean;
  /** The result of the last poll: undefined after a successful one. */
  readonly onPoll: (failure: Failure | undefined) => void;
  readonly onError: (error: unknown) => void;
  readonly metrics: ConsumerMetrics;
  /** Called after messages were received and before they are processed. */
  readonly onReceived?: (signal: AbortSignal) => Promise<void>;
  /** Maximum number of messages in flight. At this number no further message is received. Default: 1,000. */
  readonly maxInFlight?: number;
  readonly random?: () => number;
}
