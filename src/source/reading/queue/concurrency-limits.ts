/** Limits the calls in flight of one identity: in total, for one namespace, and for refreshes. Pure. */
import type { Urgency } from '../../limits/budgets/shared-budget.ts';
import type { IdentityQueue } from './identity-queue.ts';
import type { PendingRead } from './pending-read.ts';

/** Calls for values of one identity. */
export const MAX_CALLS = 10;
/** Maximum for one namespace. Another namespace can make calls even if all of these get no answer. */
export const MAX_CALLS_OF_NAMESPACE = 8;
/** Maximum for refreshes. The rest is for values that a caller waits for. */
const MAX_CALLS_TO_REFRESH = 6;
/** Calls for pages of queries, in addition to the calls for values. */
const MAX_QUERIES = 3;
const MAX_QUERIES_OF_NAMESPACE = 2;
/** Maximum number of started queries, each with a partial set in memory. Above this number each namespace may have one. */
const MAX_STARTED_QUERIES = 4;

/** Whether one more call for a value may start for this namespace. */
export function mayStartCall(queue: IdentityQueue, namespace: string, urgency: Urgency): boolean {
  const most = urgency === 'wanted' ? MAX_CALLS : MAX_CALLS_TO_REFRESH;
  return queue.active < most && queue.activeOf(namespace) < MAX_CALLS_OF_NAMESPACE;
}

/** Whether no waiting value can start before a call ends. */
export function isAtLimit(queue: IdentityQueue): boolean {
  if (queue.active >= MAX_CALLS) return true;
  return queue.active >= MAX_CALLS_TO_REFRESH && !queue.hasWantedUnder(MAX_CALLS_OF_NAMESPACE);
}

/** Whether one more page of this query may be read. */
export function mayStartPage(queue: IdentityQueue, { servedNamespace: namespace, firstCall }: PendingRead): boolean {
  if (queue.activePages() >= MAX_QUERIES || queue.activePages(namespace) >= MAX_QUERIES_OF_NAMESPACE) return false;
  return firstCall !== undefined || queue.startedQueries() < MAX_STARTED_QUERIES || queue.startedQueries(namespace) === 0;
}
