/** A requested read of one reference, shared by all callers that need it. */
import type { ReferenceRequest } from './call-executor.ts';
import type { Waiter } from './waiter.ts';

export interface PendingRead extends ReferenceRequest {
  readonly waiters: Waiter[];
  /** When the read was first requested (monotonic). */
  readonly since: number;
  started: boolean;
  /** A caller waits for the value itself. False: the read is a refresh, which only has to find changes. */
  wanted: boolean;
  /** Namespaces of the callers. */
  readonly namespaces: Set<string>;
  servedNamespace: string;
  /** The first call of a query that has started: the result of the query is as old as this call, and has its order. */
  firstCall?: { readonly order: number; readonly at: number } | undefined;
  /** Callers that asked for a fresh result after the query had started: the query goes on for the others, and is made once more for these. */
  freshWaiters?: Waiter[] | undefined;
}
