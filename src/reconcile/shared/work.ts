/** The next step for a key after its reconcile. Pure. */
import { retryOf, type Failure } from '../../failure/failure.ts';
import { assertNever } from '../../base/assert-never.ts';
import { failureOf } from '../../kube/failure-of.ts';
import type { KubeFailure } from '../../kube/port.ts';
import type { WorkResult } from '../../queue/port.ts';

export const done: WorkResult = { kind: 'done' };

/** After a failure that needs a change, a watch or the engine enqueues the key. After other failures the queue retries it. */
export function workAfter(failure: Failure | undefined): WorkResult {
  if (failure === undefined) return done;
  const retry = retryOf(failure);
  switch (retry) {
    case 'change':
      return done;
    case 'now':
    case 'backoff':
      return { kind: 'retry', ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }) };
    default:
      return assertNever(retry);
  }
}

/** The next step after a failed write of the status. The write must succeed in the end, so the queue retries every failure. */
export function workAfterStatus(failure: KubeFailure): WorkResult {
  return alwaysRetried(failureOf(failure));
}

/**
 * The next step for a workload that may be due and could not be restarted. The cause can be outside its namespace, such as in the ledger, whose change wakes nobody,
 * so the queue retries every failure.
 */
export function workAfterRestart(failure: Failure): WorkResult {
  return alwaysRetried(failure);
}

function alwaysRetried(failure: Failure): WorkResult {
  const next = workAfter(failure);
  return next.kind === 'done' ? { kind: 'retry' } : next;
}
