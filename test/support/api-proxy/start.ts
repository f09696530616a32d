// A proxy in front of the API server that injects faults. HTTPS with its own certificate (kubectl sends no tokens over plain HTTP). Clients
// authenticate with bearer tokens, which the proxy forwards, so that the API server sees the user.
import { once } from 'node:events';
import { Agent, createServer, request as requestUpstream } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../processes/error-code.ts';
import { makeCertificateAuthority } from '../control-plane/certificates.ts';
import type { ClusterAccess } from '../control-plane/cluster-access.ts';
import { FaultTable, matchesRequest } from './fault-table.ts';
import type { FaultRule, InjectedFault, Modifier, RequestMatch, Verdict } from './fault-table.ts';
import { Holds } from './holds.ts';
import type { Hold, HoldOptions } from './holds.ts';
import { RequestLog } from './request-log.ts';
import type { LoggedRequest, WaitForOptions } from './request-log.ts';
import { parseResourceRequest } from './resource-request.ts';
import type { ResourceRequest } from './resource-request.ts';
import { statusBody } from './status-body.ts';
import { errorEvent, WatchStream } from './watch-stream.ts';

/** The part of a control plane that the proxy needs. */
export type Upstream = Pick<ClusterAccess, 'url' | 'caPem' | 'adminToken' | 'kubeconfigFor'>;

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly request: ResourceRequest;
  readonly userAgent: string;
  readonly at: number;
}

/** Starts a proxy on a free loopback port. */
export async function startApiProxy(upstream: Upstream): Promise<ApiProxy> {
  const authority = makeCertificateAuthority('keytender-test-proxy-ca');
  const { certPem, keyPem } = authority.issueServer({ commonName: 'proxy' }, ['localhost', '127.0.0.1']);
  const server = createServer({ cert: certPem, key: keyPem });
  // As patient as the API server: a proxy that closes idle connections early would make clients fail in ways that no test asked for.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new ApiProxy(upstream, server, authority.certPem);
}

export class ApiProxy implements AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  readonly log = new RequestLog();
  readonly #upstream: Upstream;
  readonly #server: ReturnType<typeof createServer>;
  readonly #agent: Agent;
  readonly #faults = new FaultTable();
  readonly #holds = new Holds();
  readonly #watches = new Set<WatchStream>();
  /** By the client's port. */
  readonly #sockets = new Map<number, Socket>();

  constructor(upstream: Upstream, server: ReturnType<typeof createServer>, caPem: string) {
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.caPem = caPem;
    this.#upstream = upstream;
    this.#server = server;
    this.#agent = new Agent({ ca: upstream.caPem, keepAlive: true });
    // The TCP sockets under TLS: only those can be reset.
    server.on('connection', (socket: Socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.on('close', () => this.#sockets.delete(port));
      socket.on('error', () => undefined); // clients and tests break connections on purpose
    });
    server.on('request', (incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(new Error(`proxy: ${messageOf(error)}`)));
    });
    server.on('upgrade', (_incoming, socket) => socket.end('HTTP/1.1 501 Not Implemented\r\nconnection: close\r\n\r\n'));
  }

  /** Makes the requests that fit go wrong until the result is disposed or its times are used up. Of several rules, the first one injected counts. */
  inject(rule: FaultRule): InjectedFault {
    return this.#faults.inject(rule);
  }

  /** Stops requests that fit on their way until `release`. */
  hold(options: HoldOptions): Hold {
    return this.#holds.add(options);
  }

  /** The first request that ends from now on (or since a sequence) and fits. */
  waitFor(
    match: RequestMatch,
    predicate: (request: LoggedRequest) => boolean = () => true,
    options: WaitForOptions = {},
  ): Promise<LoggedRequest> {
    return this.log.waitFor(match, predicate, options);
  }

  /** The watches that are open now and fit. */
  watches(match: RequestMatch = {}): readonly WatchStream[] {
    return [...this.#watches].filter(({ request, userAgent }) => matchesRequest(match, request, userAgent));
  }

  /** Ends open watches (default as the API server does at its time-out) and says how many. */
  closeWatches(match: RequestMatch = {}, how: 'end' | 'reset' = 'end'): number {
    const open = this.watches(match);
    for (const watch of open) {
      if (how === 'end') watch.end();
      else this.#reset(watch.client);
    }
    return open.length;
  }

  /** Puts an ERROR event (default 410 Expired) into open watches, ends them, and says how many. */
  failWatches(match: RequestMatch = {}, code = 410): number {
    const open = this.watches(match);
    for (const watch of open) watch.fail(code);
    return open.length;
  }

  /** Breaks every connection to the proxy, as when a network path goes. */
  resetConnections(): void {
    for (const socket of this.#sockets.values()) socket.resetAndDestroy();
  }

  /** Writes a kubeconfig that goes through the proxy and returns its path. Default user: the control plane's admin. */
  kubeconfig({ token = this.#upstream.adminToken }: { readonly token?: string } = {}): Promise<string> {
    return this.#upstream.kubeconfigFor({ token }, { url: this.url, caPem: this.caPem });
  }

  /** Takes back all faults and lets all held requests go on. */
  calm(): void {
    this.#faults.clear();
    this.#holds.releaseAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calm();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#agent.destroy();
    await closed;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = parseResourceRequest(incoming.method ?? 'GET', incoming.url ?? '/');
    const exchange: Exchange = { incoming, outgoing, request, userAgent: incoming.headers['user-agent'] ?? '', at: Date.now() };
    const { modifiers, verdict } = this.#faults.decide(request, exchange.userAgent);
    await this.#holds.pass('request', request, exchange.userAgent);
    for (const modifier of modifiers) if (modifier.kind === 'latency') await sleep(modifier.ms);
    if (outgoing.destroyed) this.#record(exchange, 0);
    else if (verdict === undefined || verdict.kind === 'lose-response') await this.#forward(exchange, modifiers, verdict);
    else this.#refuse(exchange, verdict);
  }

  #refuse(exchange: Exchange, verdict: Exclude<Verdict, { kind: 'lose-response' }>): void {
    const { incoming, outgoing } = exchange;
    incoming.resume();
    switch (verdict.kind) {
      case 'hang':
        outgoing.on('close', () => this.#record(exchange, 0));
        return;
      case 'reset':
        this.#lose(exchange, false);
        return;
      case 'watch-error':
        this.#record(exchange, 200);
        outgoing.writeHead(200, { 'content-type': 'application/json' }).end(errorEvent(verdict.code ?? 410));
        return;
      case 'status': {
        this.#record(exchange, verdict.code);
        const retryAfter = verdict.retryAfterSeconds === undefined ? {} : { 'retry-after': String(verdict.retryAfterSeconds) };
        outgoing.writeHead(verdict.code, { 'content-type': 'application/json', ...retryAfter });
        outgoing.end(JSON.stringify(statusBody(verdict.code, verdict)));
      }
    }
  }

  async #forward(exchange: Exchange, modifiers: readonly Modifier[], verdict: Verdict | undefined): Promise<void> {
    const { incoming, outgoing, request, userAgent } = exchange;
    const upstream = requestUpstream(new URL(incoming.url ?? '/', this.#upstream.url), {
      method: incoming.method ?? 'GET',
      headers: { ...incoming.headers, host: new URL(this.#upstream.url).host },
      agent: this.#agent,
    });
    upstream.on('error', () => undefined); // seen below, by the wait for its response or by the response itself
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
    let response: IncomingMessage;
    try {
      [response] = (await once(upstream, 'response')) as [IncomingMessage];
    } catch {
      this.#lose(exchange, false); // the API server is away, or the client has gone
      return;
    }
    response.on('error', () => this.#reset(outgoing));
    // What was asked for is done: whatever happens to the client now, the API server needs nothing more from it.
    await this.#holds.pass('response', request, userAgent);
    if (verdict === undefined && !outgoing.destroyed) {
      this.#answer(exchange, response, modifiers);
      return;
    }
    response.resume();
    this.#lose(exchange, true);
  }

  // The log is written first, so that a client that has its answer finds its request there.
  #answer(exchange: Exchange, response: IncomingMessage, modifiers: readonly Modifier[]): void {
    const { outgoing, request, userAgent } = exchange;
    const status = response.statusCode ?? 0;
    this.#record(exchange, status);
    outgoing.writeHead(status, response.headers);
    if (request.verb !== 'watch' || status !== 200 || !(response.headers['content-type'] ?? '').includes('json')) {
      response.pipe(outgoing);
      return;
    }
    outgoing.flushHeaders();
    const watch = new WatchStream(request, userAgent, response, outgoing, modifiers);
    this.#watches.add(watch);
    outgoing.on('close', () => this.#watches.delete(watch));
  }

  #lose(exchange: Exchange, answered: boolean): void {
    this.#record(exchange, 0, answered);
    this.#reset(exchange.outgoing);
  }

  #reset(outgoing: ServerResponse): void {
    this.#sockets.get(outgoing.socket?.remotePort ?? 0)?.resetAndDestroy();
  }

  #record({ incoming, request, userAgent, at }: Exchange, status: number, lost = false): void {
    this.log.add({ ...request, userAgent, contentType: incoming.headers['content-type'] ?? '', at, status, lost });
  }
}
