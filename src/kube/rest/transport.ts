/**
 * Raw JSON calls to the API server: one attempt each, limited in time and size, failures as values. Throws only when the signal of the
 * caller aborts.
 */
import type { Dispatcher } from 'undici';
import { builtin } from '../../api/object/builtin-types.ts';
import { failed, ok } from '../../base/result.ts';
import { Limit } from '../../base/sharing/limit.ts';
import { TimeSlices } from '../../base/time/time-slices.ts';
import { untilAborted } from '../../base/waiting.ts';
import { type ConnectionUse, type KubeConnection, MAX_CALL_CONNECTIONS, type PreparedConnection } from './connection.ts';
import { type Deadline, startDeadline } from '../../base/time/deadline.ts';
import { failureOfNetwork, isClosedSocket, ownFailure, ResponseTooLargeError } from './errors.ts';
import type { KubeFailure, KubeResult } from '../port.ts';
import { contentTypeOf, isAddressable, type KubeRequest, methodOf, pathOf } from './request.ts';
import { type Answer, failureOfResponse, readAnswer, readBytes } from './response.ts';

export interface KubeTransportOptions {
  readonly version: string;
  /** Time limit of a call, and of a watch until its headers arrive. */
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
  /** Long work on responses uses these time slices. Default: slices of this transport only. */
  readonly slices?: Pick<TimeSlices, 'worker'>;
  /**
   * Called after each attempt that was not aborted: the HTTP status, or 0 without a response. For metrics and the health of the API server.
   */
  readonly onAttempt?: (request: KubeRequest, status: number, durationMs: number) => void;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Maximum size of one object: etcd stores 1.5 MiB, and JSON writes a control character in six bytes. */
const DEFAULT_MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** A shorter response is parsed in less than half a millisecond, without a time slice. */
const LARGE_BYTES = 32 * 1024;

type Response = Dispatcher.ResponseData;

/** The body of a watch. Its disposal closes the connection. */
export interface ByteStream extends AsyncIterable<Uint8Array>, Disposable {}

export class KubeTransport {
  readonly #connection: KubeConnection;
  readonly #options: Required<Omit<KubeTransportOptions, 'onAttempt'>>;
  readonly #onAttempt: KubeTransportOptions['onAttempt'];
  /** The connections are shared by the namespaces: requests about one of them may all be slow. */
  readonly #calls = new Limit(MAX_CALL_CONNECTIONS, 'fair');

  constructor(connection: KubeConnection, options: KubeTransportOptions) {
    this.#connection = connection;
    this.#options = {
      timeoutMs: DEFAULT_TIMEOUT_MS,
      maxResponseBytes: DEFAULT_MAX_RESPONSE_BYTES,
      ...options,
      slices: options.slices ?? new TimeSlices(),
    };
    this.#onAttempt = options.onAttempt;
  }

  /** Time slices of the event loop for long work on responses. */
  get slices(): Pick<TimeSlices, 'worker'> {
    return this.#options.slices;
  }

  /** The parsed response. A GET on a pooled socket that was closed is sent once more; a write is not. */
  async call(request: KubeRequest, signal: AbortSignal): Promise<KubeResult<unknown>> {
    const answer = await this.callSized(request, signal);
    return answer.ok ? ok(answer.value.body) : answer;
  }

  /** The same, with the size of the response. */
  async callSized(request: KubeRequest, signal: AbortSignal): Promise<KubeResult<Answer>> {
    using deadline = startDeadline(signal, this.#options.timeoutMs);
    const first = await this.#attempt(request, signal, deadline);
    if (first.ok || methodOf(request) !== 'GET' || first.failure.status !== 0 || !isClosedSocket(first.failure.cause)) return first;
    return this.#attempt(request, signal, deadline);
  }

  /** The body of a watch. After the headers, only `signal` and the disposal end it. */
  async stream(request: KubeRequest, signal: AbortSignal): Promise<KubeResult<ByteStream>> {
    using opening = startDeadline(signal, this.#options.timeoutMs);
    // The deadline ends with this function. The stream continues with a signal that both can abort.
    const streaming = new AbortController();
    const abort = (): void => streaming.abort(opening.signal.reason);
    opening.signal.addEventListener('abort', abort, { once: true });
    const sent = await this.#send(request, signal, opening, 'watches', streaming.signal);
    if (!sent.ok) return sent;
    opening.signal.removeEventListener('abort', abort);
    return ok(streamOf(sent.value.body, signal, streaming));
  }

  /**
   * Resolves when a body of this size may be parsed. One iteration of the event loop reads from many sockets, and a Secret of 6,000 keys
   * takes ten milliseconds to parse. Without this, twenty of them could be parsed in one iteration.
   */
  async turn(bytes: number, { namespace }: Pick<KubeRequest, 'namespace'>, signal: AbortSignal): Promise<void> {
    if (bytes >= LARGE_BYTES) await this.#options.slices.worker(namespace, signal).checkpoint();
  }

  async #attempt(request: KubeRequest, outer: AbortSignal, deadline: Deadline): Promise<KubeResult<Answer>> {
    if (request.type === builtin.lease) return this.#answer(request, outer, deadline, 'lease');
    try {
      return await this.#calls.run(request.namespace, () => this.#answer(request, outer, deadline, 'calls'), deadline.signal);
    } catch (error) {
      return failed(this.#failureOf(request, error, outer, deadline));
    }
  }

  async #answer(request: KubeRequest, outer: AbortSignal, deadline: Deadline, use: ConnectionUse): Promise<KubeResult<Answer>> {
    const sent = await this.#send(request, outer, deadline, use, deadline.signal);
    if (!sent.ok) return sent;
    try {
      const bytes = await readBytes(
        sent.value.body,
        Math.min(request.maxBytes ?? Number.POSITIVE_INFINITY, this.#options.maxResponseBytes),
      );
      await this.turn(bytes.length, request, deadline.signal);
      return readAnswer(request, bytes);
    } catch (error) {
      return failed(this.#failureOf(request, error, outer, deadline));
    }
  }

  /** Sends the request and waits for the headers. An error status is a failure. */
  async #send(
    request: KubeRequest,
    outer: AbortSignal,
    deadline: Deadline,
    use: ConnectionUse,
    signal: AbortSignal,
  ): Promise<KubeResult<Response>> {
    if (!isAddressable(request)) return failed(ownFailure(request, 'invalid', 'this is not a name of a Kubernetes object'));
    const startedAt = performance.now();
    // An abort by the caller does not show the state of the API server.
    const report = (status: number): void => {
      if (status > 0 || !outer.aborted) this.#onAttempt?.(request, status, performance.now() - startedAt);
    };
    const prepared = await this.#prepare(request, use, outer, deadline);
    if (!prepared.ok) {
      report(0);
      return prepared;
    }
    try {
      const response = await prepared.value.dispatcher.request(this.#dispatchOptions(request, prepared.value, signal));
      report(response.statusCode);
      if (response.statusCode >= 200 && response.statusCode < 300) return ok(response);
      return failed(await failureOfResponse(request, response));
    } catch (error) {
      report(0);
      return failed(this.#failureOf(request, error, outer, deadline));
    }
  }

  /** The caller waits at most its time limit for an exec plugin of the kubeconfig, which has no limit of its own. */
  async #prepare(
    request: KubeRequest,
    use: ConnectionUse,
    outer: AbortSignal,
    deadline: Deadline,
  ): Promise<KubeResult<PreparedConnection>> {
    try {
      const prepared = await untilAborted(this.#connection.prepare(use), deadline.signal);
      outer.throwIfAborted();
      return ok(prepared);
    } catch (cause) {
      outer.throwIfAborted();
      if (deadline.expired) return failed(ownFailure(request, 'unavailable', `no credentials within ${this.#options.timeoutMs / 1_000} s`));
      return failed(ownFailure(request, 'unauthorized', 'no credentials for the API server could be had', cause));
    }
  }

  #dispatchOptions(request: KubeRequest, prepared: PreparedConnection, signal: AbortSignal): Dispatcher.RequestOptions {
    const { origin, basePath, headers } = prepared;
    return {
      origin,
      path: `${basePath}${pathOf(request)}`,
      method: methodOf(request),
      signal,
      headers: {
        ...headers,
        accept: request.accept ?? 'application/json',
        'user-agent': `keytender/${this.#options.version}`,
        ...(request.body === undefined ? {} : { 'content-type': contentTypeOf(request) }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    };
  }

  #failureOf(request: KubeRequest, error: unknown, outer: AbortSignal, deadline: Deadline): KubeFailure {
    outer.throwIfAborted();
    if (deadline.expired) return ownFailure(request, 'unavailable', `no answer within ${this.#options.timeoutMs / 1_000} s`);
    if (error instanceof ResponseTooLargeError) return ownFailure(request, 'unavailable', 'the answer is too large', error);
    // The error of JSON.parse quotes its input, so it is not kept.
    if (error instanceof SyntaxError) return ownFailure(request, 'unavailable', 'the answer is not JSON');
    return failureOfNetwork(request, error);
  }
}

/** The chunks of `body` until `signal` aborts. It listens to the signal at once, because a consumer may leave before the first read. */
function streamOf(body: AsyncIterable<Uint8Array>, signal: AbortSignal, streaming: AbortController): ByteStream {
  const abort = (): void => streaming.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return {
    [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](),
    [Symbol.dispose]() {
      signal.removeEventListener('abort', abort);
      streaming.abort();
    },
  };
}
