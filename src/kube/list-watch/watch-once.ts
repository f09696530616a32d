/** One watch from its request to its end: its events, and the resource version for the next watch. */
import type { KubeObject } from '../../api/object/object.ts';
import { startDeadline } from '../../base/time/deadline.ts';
import { failureOfNetwork, failureOfStatus, ownFailure } from '../rest/errors.ts';
import { LineTooLongError, splitLines } from './json-lines.ts';
import { type ListScope, selectorsOf } from './list-pages.ts';
import type { KubeFailure } from '../port.ts';
import type { KubeRequest } from '../rest/request.ts';
import { readStatus } from '../rest/status.ts';
import type { KubeTransport } from '../rest/transport.ts';
import { readWatchLine, type WatchLine } from './watch-event.ts';

export interface WatchTiming {
  /** The request asks the server to end the watch after a random time between these, so that a dead connection is found within minutes. */
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** Time after that until the client ends the watch itself. */
  readonly graceMs: number;
  /** A watch that ends earlier without an event counts as a failure. */
  readonly shortestMs: number;
  readonly maxLineBytes: number;
}

export const watchTiming: WatchTiming = {
  minSeconds: 120,
  maxSeconds: 240,
  graceMs: 15_000,
  shortestMs: 1_000,
  maxLineBytes: 16 * 1024 * 1024,
};

export type WatchYield<U> =
  | { readonly kind: 'connected' }
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: U }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

export interface WatchEnd {
  /** The resource version for the next watch. Undefined: list again. */
  readonly resourceVersion: string | undefined;
  /** Undefined for a normal end. */
  readonly failure?: KubeFailure;
}

/** After these failures, a watch from the same resource version would fail or miss a change. */
const RELIST: ReadonlySet<KubeFailure['kind']> = new Set<KubeFailure['kind']>(['expired', 'not-found', 'invalid']);

/** Throws only when `signal` aborts. Each object is reduced as it is read, because a consumer that waits for the next object keeps the last one in memory. */
export async function* watchOnce<U>(
  transport: KubeTransport,
  scope: ListScope,
  from: string,
  timing: WatchTiming,
  reduce: (object: KubeObject) => U,
  signal: AbortSignal,
): AsyncGenerator<WatchYield<U>, WatchEnd> {
  const seconds = timing.minSeconds + Math.floor(Math.random() * (timing.maxSeconds - timing.minSeconds + 1));
  const request = watchRequest(scope, from, seconds);
  using deadline = startDeadline(signal, seconds * 1_000 + timing.graceMs);
  const startedAt = performance.now();
  let resourceVersion = from;
  let lines = 0;
  try {
    const stream = await transport.stream(request, deadline.signal);
    if (!stream.ok) return { resourceVersion: RELIST.has(stream.failure.kind) ? undefined : from, failure: stream.failure };
    using body = stream.value;
    yield { kind: 'connected' };
    const read = (line: string): WatchLine<U> => readWatchLine(scope.type, line, reduce, scope.omitted);
    const turn = (bytes: number): Promise<void> => transport.turn(bytes, scope, deadline.signal);
    for await (const line of splitLines(body, timing.maxLineBytes, read, turn)) {
      if (line.kind === 'error' || line.kind === 'unreadable') return brokenOff(request, line, from, resourceVersion);
      resourceVersion = line.resourceVersion;
      lines += 1;
      yield line;
    }
  } catch (error) {
    signal.throwIfAborted();
    return {
      resourceVersion: error instanceof LineTooLongError ? undefined : resourceVersion,
      failure: cutFailure(request, error, deadline.expired),
    };
  }
  const tooShort = lines === 0 && performance.now() - startedAt < timing.shortestMs;
  return { resourceVersion, ...(tooShort ? { failure: ownFailure(request, 'unavailable', 'the watch ended as soon as it began') } : {}) };
}

function watchRequest(scope: ListScope, resourceVersion: string, timeoutSeconds: number): KubeRequest {
  const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(timeoutSeconds) };
  return {
    verb: 'watch',
    type: scope.type,
    namespace: scope.namespace,
    query: { ...selectorsOf(scope), ...query },
    ...(scope.accept === undefined ? {} : { accept: scope.accept }),
  };
}

/** After an ERROR event the watch cannot continue, so all objects are listed again. After an unreadable line the watch is repeated once. */
function brokenOff(
  request: KubeRequest,
  line: WatchLine<unknown> & { kind: 'error' | 'unreadable' },
  from: string,
  reached: string,
): WatchEnd {
  if (line.kind === 'error') return { resourceVersion: undefined, failure: failureOfStatus(request, readStatus(line.status, 500)) };
  const failure = ownFailure(request, 'unavailable', 'the watch sent a line that is no event');
  return { resourceVersion: reached === from ? undefined : reached, failure };
}

function cutFailure(request: KubeRequest, error: unknown, expired: boolean): KubeFailure {
  if (expired) return ownFailure(request, 'unavailable', 'the watch went on past its end without a sign of life');
  if (error instanceof LineTooLongError) return ownFailure(request, 'unavailable', 'the watch sent an event that is too large', error);
  return failureOfNetwork(request, error);
}
