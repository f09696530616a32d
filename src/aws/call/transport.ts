/**
 * One HTTP transport under all AWS clients: connections are kept and shared, every wait has an end, and HTTP(S)_PROXY and NO_PROXY count.
 * The SDK's own defaults have no time-outs at all (facts: a hung server held a call for ever).
 */
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LargeResponses } from './large-responses.ts';

/** Milliseconds, each of them for one attempt. */
export interface TransportTimeouts {
  readonly connection: number;
  readonly request: number;
  /** Silence on the socket. */
  readonly socket: number;
}

export interface TransportOptions {
  readonly timeouts?: TransportTimeouts;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are looked up. */
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves the names of hosts; that of Node when left out. */
  readonly lookup?: LookupFunction;
}

const DEFAULT_TIMEOUTS: TransportTimeouts = { connection: 2_000, request: 8_000, socket: 5_000 };
/** To one host, for the calls of all identities. An identity has at most 13 reads under way, 10 of a namespace: many may hang before others find no socket. */
const MAX_SOCKETS = 512;

/** The handler writes its warnings to the console by default. All that matters of them is in the outcome of the call. */
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  return undefined;
}

class Transport extends NodeHttpHandler {
  readonly #large = new LargeResponses();

  override async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const answer = await super.handle(...call);
    await this.#large.turn(answer.response, signalOf(call[1]));
    return answer;
  }
}

type Signal = NonNullable<Parameters<NodeHttpHandler['handle']>[1]>['abortSignal'];

/** The SDK allows signals of its own kind, too; this operator passes none of those. */
function signalOf(options: { readonly abortSignal?: Signal } | undefined): AbortSignal | undefined {
  const signal = options?.abortSignal;
  return signal !== undefined && 'throwIfAborted' in signal ? signal : undefined;
}

function lookupOf({ lookup }: TransportOptions): { readonly lookup?: LookupFunction } {
  return lookup === undefined ? {} : { lookup };
}

export function createTransport(options: TransportOptions = {}): NodeHttpHandler {
  const { connection, request, socket } = options.timeouts ?? DEFAULT_TIMEOUTS;
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, proxyEnv: options.env ?? process.env, ...lookupOf(options) };
  return new Transport({
    httpAgent: new http.Agent(agentOptions),
    httpsAgent: new https.Agent(agentOptions),
    connectionTimeout: connection,
    requestTimeout: request,
    // Without this a request time-out is only a line on the console.
    throwOnRequestTimeout: true,
    socketTimeout: socket,
    logger: silent,
  });
}
