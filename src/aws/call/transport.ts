/**
 * The HTTP transport of all AWS clients: connections are kept and shared, every wait has a time limit, and HTTP(S)_PROXY and NO_PROXY apply. The defaults of
 * the SDK have no time limits: a server that hangs would block a call without end.
 */
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { boundedBody, type BodyLimits } from './bounded-body.ts';
import { isStream, LargeResponses } from './large-responses.ts';

/** Time limits in milliseconds for one attempt. */
export interface TransportTimeouts {
  readonly connection: number;
  readonly request: number;
  /** Time without data on the socket. */
  readonly socket: number;
}

export interface AwsTransportOptions {
  readonly timeouts?: TransportTimeouts;
  /** The environment with HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves host names. Default: dns.lookup of Node. */
  readonly lookup?: LookupFunction;
}

const DEFAULT_TIMEOUTS: TransportTimeouts = { connection: 2_000, request: 8_000, socket: 5_000 };
/**
 * Sockets to one host, for the calls of all identities. An identity makes at most 13 reads at the same time, and 10 for one namespace, so
 * many identities must hang before others get no socket.
 */
const MAX_SOCKETS = 512;

const BODY_LIMITS: BodyLimits = { bytes: 8 * 1024 * 1024, time: 30_000 };

/** By default the handler writes warnings to the console. The result of the call contains the same. */
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  return undefined;
}

class Transport extends NodeHttpHandler {
  readonly #large = new LargeResponses();

  override async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const answer = await super.handle(...call);
    await this.#large.turn(answer.response, signalOf(call[1]));
    const { response } = answer;
    if (isStream(response.body)) response.body = boundedBody(response.body, response.headers['content-length'], BODY_LIMITS);
    return answer;
  }
}

type Signal = NonNullable<Parameters<NodeHttpHandler['handle']>[1]>['abortSignal'];

/** The SDK also allows signals of its own type. Keytender passes none. */
function signalOf(options: { readonly abortSignal?: Signal } | undefined): AbortSignal | undefined {
  const signal = options?.abortSignal;
  return signal !== undefined && 'throwIfAborted' in signal ? signal : undefined;
}

function lookupOf({ lookup }: AwsTransportOptions): { readonly lookup?: LookupFunction } {
  return lookup === undefined ? {} : { lookup };
}

export function createTransport(options: AwsTransportOptions = {}): NodeHttpHandler {
  const { connection, request, socket } = options.timeouts ?? DEFAULT_TIMEOUTS;
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, proxyEnv: options.env ?? process.env, ...lookupOf(options) };
  return new Transport({
    httpAgent: new http.Agent(agentOptions),
    httpsAgent: new https.Agent(agentOptions),
    connectionTimeout: connection,
    requestTimeout: request,
    // Without this option a request time-out only writes a line to the console.
    throwOnRequestTimeout: true,
    socketTimeout: socket,
    logger: silent,
  });
}
