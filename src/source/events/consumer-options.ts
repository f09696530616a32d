/** What the consumer of change events works with, and what it tells. */
import type { Failure, Outcome } from '../../api/failure.ts';
import type { EventQueue, QueueAddress } from '../../aws/sqs/port.ts';
import type { Clock } from '../../base/clock.ts';
import type { TimeSlices } from '../../base/time-slices.ts';
import type { ReferenceReadResult } from './reference-reads.ts';
import type { EventReferences } from './event-references.ts';
import type { PendingReconciles } from './pending-reconciles.ts';
import type { PollingReliance, ReliableQueue } from './polling-reliance.ts';

/** What became of a message. unaffected: nobody uses what it tells of. unfinished: somebody cannot act on it; it comes back. error: a defect; so it does. */
export type EventResult = ReferenceReadResult | 'unaffected' | 'foreign' | 'poison' | 'error';

export interface ConsumerMetrics {
  readonly ended: (result: EventResult) => void;
  /** From the time of the event until everybody had acted on it. */
  readonly lag: (seconds: number) => void;
}

export interface ConsumerOptions {
  readonly sqs: EventQueue;
  readonly clock: Clock;
  /** The event loop, of which large messages take slices. */
  readonly slices: Pick<TimeSlices, 'worker'>;
  readonly references: EventReferences;
  readonly rounds: PendingReconciles;
  readonly reliance: PollingReliance;
  /** Where events are to be had now; asked before each poll. 'none': nowhere. */
  readonly queue: (signal: AbortSignal) => Promise<Outcome<(QueueAddress & ReliableQueue) | 'none'>>;
  /** Whether what is received could be acted on. */
  readonly mayReceive: () => boolean;
  /** How the last poll went: undefined after a good one. */
  readonly onPoll: (failure: Failure | undefined) => void;
  readonly onError: (error: unknown) => void;
  readonly metrics: ConsumerMetrics;
  /** After messages were received and before they are followed. */
  readonly onReceived?: (signal: AbortSignal) => Promise<void>;
  /** Messages under way, beyond which none is received. Default: 1,000. */
  readonly mostInFlight?: number;
  readonly random?: () => number;
}
