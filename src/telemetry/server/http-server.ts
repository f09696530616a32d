/**
 * A small HTTP server on node:http for metrics and probes: GET and HEAD only, strict time limits, and no open connection after it is
 * disposed.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { BindAddress } from './bind-address.ts';

export interface HttpResponse {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** Undefined: the path does not exist. */
export type HttpHandler = (url: URL) => Promise<HttpResponse> | HttpResponse | undefined;

export interface HttpServer extends AsyncDisposable {
  /** The port of the server; undefined if it is turned off. */
  readonly port: number | undefined;
}

const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** Interval of Node's check for requests that take too long. With the default interval they stay half a minute longer. */
const CHECK_MS = 5_000;
/** Time without data on a socket. */
const SILENT_MS = 15_000;
/**
 * Prometheus and the kubelet need fewer than ten. With so many more, the oldest one is not one of theirs. At most about 25 MB of responses.
 */
const MOST_CONNECTIONS = 256;
const MOST_REQUESTS_PER_CONNECTION = 100;
const MOST_HEADER_BYTES = 8_192;
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Resolves when the server listens. Rejects if it cannot (port in use, unknown address). `onError` is called with each error that a handler throws. */
export async function startHttpServer(address: BindAddress, handler: HttpHandler, onError: (error: unknown) => void): Promise<HttpServer> {
  if (address.kind === 'off') return { port: undefined, [Symbol.asyncDispose]: async () => undefined };
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
    },
    (request, response) => void respond(request, response, handler, onError),
  );
  server.maxRequestsPerSocket = MOST_REQUESTS_PER_CONNECTION;
  server.setTimeout(SILENT_MS);
  limitConnections(server);
  server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) };
}

/**
 * With one connection too many, the oldest connection is closed. So a client that keeps many connections open cannot block the kubelet,
 * whose probe would fail and restart the operator.
 */
function limitConnections(server: Server): void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const [oldest] = open;
    if (open.size > MOST_CONNECTIONS) oldest?.destroy();
  });
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handler: HttpHandler,
  onError: (error: unknown) => void,
): Promise<void> {
  const { status, contentType = PLAIN_TEXT, body } = await answer(request, handler, onError);
  request.resume();
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answer(request: IncomingMessage, handler: HttpHandler, onError: (error: unknown) => void): Promise<HttpResponse> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'method not allowed\n' };
  const path = request.url ?? '';
  const url = path.startsWith('/') ? URL.parse(`http://localhost${path}`) : null;
  if (url === null) return { status: 400, body: 'bad request\n' };
  try {
    return (await handler(url)) ?? { status: 404, body: 'not found\n' };
  } catch (error) {
    onError(error);
    return { status: 500, body: 'internal error\n' };
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
