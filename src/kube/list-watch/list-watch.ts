/**
 * List, then watch, without end: the transport of a reflector. It continues after every failure, lists again only if necessary, and yields
 * each failure as an event. As a generator it waits for its consumer, and an error of the consumer does not reach it.
 */
import type { KubeObject } from '../../api/object/object.ts';
import type { Clock } from '../../base/time/clock.ts';
import { failed, ok } from '../../base/result.ts';
import { ownFailure } from '../rest/errors.ts';
import { listPages, type ListScope } from './list-pages.ts';
import { MANAGED_FIELDS } from '../rest/omit-members.ts';
import type { KubeFailure, KubeResult, ListWatcher, ListWatchEvent, ListWatchRequest } from '../port.ts';
import { ReconnectDelay, type ReconnectPolicy, reconnectPolicy } from './reconnect-delay.ts';
import type { KubeTransport } from '../rest/transport.ts';
import { bare } from './watch-event.ts';
import { watchOnce, type WatchTiming, watchTiming, type WatchYield } from './watch-once.ts';

export interface ListWatcherOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly timing?: WatchTiming;
  readonly reconnect?: ReconnectPolicy;
}

/**
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches. Without a fallback, so that the server never sends
 * data instead.
 */
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const METADATA_WATCH = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

export function createListWatcher(options: ListWatcherOptions): ListWatcher {
  return {
    async *listThenWatch<U>(request: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, void> {
      try {
        yield* listAndWatch(options, request);
      } catch (error) {
        if (!request.signal.aborted) throw error;
      }
    },
  };
}

async function* listAndWatch<U>(options: ListWatcherOptions, request: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, void> {
  const { transport, clock, timing = watchTiming, reconnect = reconnectPolicy } = options;
  const { signal } = request;
  const delay = new ReconnectDelay(clock, reconnect);
  let resourceVersion: string | undefined;
  while (!signal.aborted) {
    const pass = resourceVersion === undefined ? listPass(transport, request) : watchPass(transport, request, resourceVersion, timing);
    const end = yield* pass;
    resourceVersion = end.resourceVersion;
    if (end.failure === undefined) continue;
    yield { kind: 'error', failure: end.failure };
    await clock.sleep(delay.after(end.failure), signal);
  }
}

interface PassEnd {
  readonly resourceVersion: string | undefined;
  readonly failure?: KubeFailure;
}

async function* listPass<U>(transport: KubeTransport, request: ListWatchRequest<U>): AsyncGenerator<ListWatchEvent<U>, PassEnd> {
  const rejected: KubeFailure[] = [];
  const keep = (object: KubeObject): readonly U[] => {
    const transformed = transform(request, bare(request.type, object));
    if (transformed.ok) return [transformed.value];
    rejected.push(transformed.failure);
    return [];
  };
  const listed = await listPages(transport, scopeOf(request, METADATA_LIST), keep, request.signal);
  if (!listed.ok) return { resourceVersion: undefined, failure: listed.failure };
  yield { kind: 'replace', ...listed.value };
  for (const failure of rejected) yield { kind: 'error', failure };
  return { resourceVersion: listed.value.resourceVersion };
}

async function* watchPass<U>(
  transport: KubeTransport,
  request: ListWatchRequest<U>,
  from: string,
  timing: WatchTiming,
): AsyncGenerator<ListWatchEvent<U>, PassEnd> {
  const reduce = (object: KubeObject): KubeResult<U> => transform(request, object);
  const watch = watchOnce(transport, scopeOf(request, METADATA_WATCH), from, timing, reduce, request.signal);
  try {
    for (let next = await watch.next(); ; next = await watch.next()) {
      if (next.done === true) return next.value;
      yield toEvent(next.value);
    }
  } finally {
    await watch.return({ resourceVersion: undefined });
  }
}

function toEvent<U>(seen: WatchYield<KubeResult<U>>): ListWatchEvent<U> {
  if (seen.kind === 'connected' || seen.kind === 'bookmark') return seen;
  const { object: transformed } = seen;
  return transformed.ok ? { kind: seen.kind, object: transformed.value } : { kind: 'error', failure: transformed.failure };
}

/** An error of `transform` for one object must not stop the list or watch. */
function transform<U>(request: ListWatchRequest<U>, object: KubeObject): KubeResult<U> {
  try {
    return ok(request.transform(object));
  } catch (cause) {
    const { type, namespace } = request;
    const about = { verb: 'watch', type, namespace: object.metadata.namespace ?? namespace, name: object.metadata.name } as const;
    return failed(ownFailure(about, 'invalid', 'the object was left out because it could not be read', cause));
  }
}

function scopeOf<U>(request: ListWatchRequest<U>, metadata: string): ListScope {
  const { type, namespace, labelSelector, fieldSelector, metadataOnly, omitted = MANAGED_FIELDS } = request;
  return { type, namespace, labelSelector, fieldSelector, omitted, accept: metadataOnly === true ? metadata : undefined };
}
