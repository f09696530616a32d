/** What becomes of a key after its reconcile. Pure. */
import { retryOf, type Failure } from '../../api/failure.ts';
import { assertNever } from '../../base/assert-never.ts';
import { failureOf } from '../../kube/failure-of.ts';
import type { KubeFailure } from '../../kube/port.ts';
import type { WorkResult } from '../../queue/port.ts';

export const done: WorkResult = { kind: 'done' };

/** A failure that waits for a change is woken by a watch or by the engine; anything else is tried again by the queue. */
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

/** After a status that could not be written: it must be in the end, so nothing here waits for a change. */
export function workAfterStatus(failure: KubeFailure): WorkResult {
  const next = workAfter(failureOf(failure));
  return next.kind === 'done' ? { kind: 'retry' } : next;
}
