/** A list without the watch after it. */
import { failed, ok } from '../base/result.ts';
import { backoffDelay, type BackoffPolicy } from '../base/time/backoff.ts';
import { type Clock, ms } from '../base/time/clock.ts';
import type { KubeFailure, KubeResult, ListWatcher, ListWatchRequest } from '../kube/port.ts';

const RETRY: BackoffPolicy = { base: ms(1_000), cap: ms(30_000), factor: 2, jitter: 0.2 };

/** One attempt. Rejects with the reason of the signal after its abort. */
export async function listOnce<T>(watcher: ListWatcher, request: ListWatchRequest<T>): Promise<KubeResult<readonly T[]>> {
  for await (const event of watcher.listThenWatch(request)) {
    if (event.kind === 'replace') return ok(event.objects);
    if (event.kind === 'error') return failed(event.failure);
  }
  request.signal.throwIfAborted();
  throw new Error(`the list of ${request.type.kind} in namespace "${request.namespace}" ended by itself`);
}

/** Tries until it succeeds. Rejects with the reason of the signal after its abort. */
export async function untilListed<T>(
  watcher: ListWatcher,
  request: ListWatchRequest<T>,
  clock: Pick<Clock, 'sleep'>,
  onFailure: (failure: KubeFailure) => void,
): Promise<readonly T[]> {
  for (let failures = 1; ; failures += 1) {
    const listed = await listOnce(watcher, request);
    if (listed.ok) return listed.value;
    onFailure(listed.failure);
    await clock.sleep(backoffDelay(RETRY, failures), request.signal);
  }
}
