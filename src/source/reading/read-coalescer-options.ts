/** The options of the read coalescer, and the request and answer of one read. */
import type { Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock, Ms } from '../../base/time/clock.ts';
import type { BatchPermissions } from '../limits/batch-permissions.ts';
import type { CallBudgets } from '../limits/budgets/call-budgets.ts';
import type { CallExecutor } from './call/call-executor.ts';
import type { SourceBreakers } from '../limits/breakers/source-breakers.ts';
import type { ReferenceKey } from '../port.ts';
import type { KeyedReference } from '../references/reference-key.ts';

/** The answer to one reference. */
export interface Answer extends KeyedReference {
  readonly outcome: Outcome<SecretVersion>;
  /** Sequence number of the call: a later call has a higher number. */
  readonly order: number;
  /** Time since the call to AWS; a query takes several calls. Undefined: the call was made just now. */
  readonly age?: Ms;
  readonly wanted: boolean;
}

export interface ReadCoalescerOptions {
  readonly clock: Clock;
  /** Ends all reads. */
  readonly lifetime: AbortSignal;
  readonly calls: CallExecutor;
  readonly breakers: SourceBreakers;
  readonly budgets: CallBudgets;
  readonly permissions: BatchPermissions;
  /** Records each answer, once for all its waiters, and returns the result for them. A promise only if AWS must be called again. */
  readonly record: (answer: Answer) => Outcome<SecretVersion> | Promise<Outcome<SecretVersion>>;
  /** A page of a query was read: the service is available, so retries that wait for it may start. */
  readonly onPage: () => void;
  /** A refresh was not made, because a circuit breaker is open until `until` (monotonic). */
  readonly postpone: (pending: KeyedReference, until: number) => void;
  /** Namespace of a subscriber of the reference; '' without subscribers. */
  readonly namespaceOf: (key: ReferenceKey) => string;
  readonly window?: Ms;
  /** Whether more reads are certain to follow soon. If so, batches are filled before they are sent. */
  readonly moreToCome?: () => boolean;
}

/** Options of one read. */
export interface ReadRequest {
  /** The call must start after the request. Otherwise a read in flight answers it. */
  readonly fresh: boolean;
  /** A caller waits for the value. */
  readonly wanted: boolean;
  /** Namespace of the caller; undefined: the namespace of a subscriber. */
  readonly namespace?: string;
}
