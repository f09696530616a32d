/** A requested read of one reference, shared by all callers that need it. */
import type { ReferenceRequest } from '../call/call-executor.ts';
import type { Waiter } from './waiter.ts';

export interface PendingRead extends ReferenceRequest {
  readonly waiters: Waiter[];
  /** Monotonic time of the first request. */
  readonly since: number;
  started: boolean;
  /** A caller waits for the value. False: the read is a refresh, which only detects changes. */
  wanted: boolean;
  /** Namespaces of the callers. */
  readonly namespaces: Set<string>;
  servedNamespace: string;
  /** The first call of a started query: the result of the query has the age and the order of this call. */
  firstCall?: { readonly order: number; readonly at: number } | undefined;
  /**
   * Callers that requested a fresh result after the query had started. The query continues for the others, and is made once more for these.
   */
  freshWaiters?: Waiter[] | undefined;
}
