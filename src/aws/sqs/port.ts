/** What the consumer of change events may ask of a queue. One implementation speaks to SQS through the official SDK. */
import type { Outcome } from '../../api/failure.ts';
import type { Ms } from '../../base/clock.ts';
import type { CredentialSource } from '../credentials/identity.ts';

/** A queue, and as whom it is read. */
export interface QueueAddress {
  readonly url: string;
  readonly source: CredentialSource;
}

export interface QueueMessage {
  /** For deletion and visibility; another one each time the message is received. */
  readonly receipt: string;
  readonly body: string;
}

/** Deletion and visibility never concern more than ten messages a call; the implementation splits. */
export interface EventQueue {
  /** Up to ten messages, hidden from others for `hidden`; waits for the first for `wait`, which SQS lets be 20 s at most. */
  receive(
    queue: QueueAddress,
    times: { readonly hidden: Ms; readonly wait: Ms },
    signal: AbortSignal,
  ): Promise<Outcome<readonly QueueMessage[]>>;
  /** Gives the receipts that could not be deleted. */
  delete(queue: QueueAddress, receipts: readonly string[], signal: AbortSignal): Promise<Outcome<readonly string[]>>;
  /** Hides messages for so long from now, 0 gives them back. Those that are not in flight any more are left alone. */
  hide(queue: QueueAddress, receipts: readonly string[], hidden: Ms, signal: AbortSignal): Promise<Outcome<void>>;
}
