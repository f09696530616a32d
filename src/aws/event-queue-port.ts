/** The operations on a queue that the consumer needs. */
import type { Outcome } from '../failure/failure.ts';
import type { Ms } from '../base/time/clock.ts';
import type { CredentialSource } from './credentials/identity.ts';

/** A queue, and the source of the credentials for it. */
export interface QueueAddress {
  readonly url: string;
  readonly source: CredentialSource;
}

export interface QueueMessage {
  /** Receipt handle for deletion and visibility. It is new each time the message is received. */
  readonly receipt: string;
  readonly body: string;
}

/** The implementation splits deletions and changes of visibility into calls of at most ten messages. */
export interface EventQueue {
  /** Receives up to ten messages. Waits at most 20 s for the first. */
  receive(
    queue: QueueAddress,
    times: { readonly hidden: Ms; readonly wait: Ms },
    signal: AbortSignal,
  ): Promise<Outcome<readonly QueueMessage[]>>;
  /** Returns the receipts that could not be deleted. */
  delete(queue: QueueAddress, receipts: readonly string[], signal: AbortSignal): Promise<Outcome<readonly string[]>>;
  /** Changes the visibility timeout; 0 makes messages visible. Others are ignored. */
  changeVisibility(queue: QueueAddress, receipts: readonly string[], hidden: Ms, signal: AbortSignal): Promise<Outcome<void>>;
}
