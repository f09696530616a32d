/** A loopback HTTP server in place of the API server: tests define its responses and check its requests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeCredentials } from '../../../src/kube/rest/kubeconfig.ts';
import { KubeConnection } from '../../../src/kube/rest/connection.ts';
import { KubeTransport, type KubeTransportOptions } from '../../../src/kube/rest/transport.ts';

export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (request: Arrived, response: ServerResponse, count: number) => void;

export interface LoopbackApi extends AsyncDisposable {
  readonly url: string;
  readonly requests: Arrived[];
  /** Connections opened so far, and those open now. */
  readonly connections: { opened: number; readonly open: Set<Socket> };
}

/** `handler` gets each request with its number, from 1 on. */
export async function startLoopbackApi(handler: Handler): Promise<LoopbackApi> {
  const requests: Arrived[] = [];
  const connections = { opened: 0, open: new Set<Socket>() };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback');
      const arrived: Arrived = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(arrived);
      handler(arrived, response, requests.length);
    });
  });
  server.on('connection', (socket) => {
    connections.opened += 1;
    connections.open.add(socket);
    socket.on('close', () => connections.open.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

export function answerJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function status(code: number, reason: string, message = 'a message of the server', details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}

export interface TestTransport extends AsyncDisposable {
  readonly transport: KubeTransport;
  readonly connection: KubeConnection;
}

export function connectTo(url: string, options: Partial<KubeTransportOptions> = {}): TestTransport {
  const credentials: KubeCredentials = {
    server: new URL(url),
    contextNamespace: undefined,
    authorize: () => Promise.resolve({ headers: { authorization: 'Bearer test' }, connect: { type: 'none' } }),
  };
  const connection = new KubeConnection(credentials);
  return {
    connection,
    transport: new KubeTransport(connection, { version: '0.0.0-test', ...options }),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
