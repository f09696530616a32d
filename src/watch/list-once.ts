/** A list without the watch after it. */
import { failed, ok } from '../base/result.ts';
import type { KubeResult, ListWatcher, ListWatchRequest } from '../kube/port.ts';

/** One attempt. Rejects with the reason of the signal after its abort. */
export async function listOnce<T>(watcher: ListWatcher, request: ListWatchRequest<T>): Promise<KubeResult<readonly T[]>> {
  for await (const event of watcher.listThenWatch(request)) {
    if (event.kind === 'replace') return ok(event.objects);
    if (event.kind === 'error') return failed(event.failure);
  }
  request.signal.throwIfAborted();
  throw new Error(`the list of ${request.type.kind} in namespace "${request.namespace}" ended by itself`);
}
