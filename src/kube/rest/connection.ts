/**
 * The pools of connections to the API server: one for calls and one for watches, because a watch holds its connection for minutes and must not delay
 * calls; and one for the Lease, because a renewal behind slow calls would be too late and end the operator. (client-node opens a new pool for each request.) The pools are replaced when certificates change.
 */
import { isDeepStrictEqual } from 'node:util';
import type { DispatcherOptions } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { assertNever } from '../../base/assert-never.ts';
import type { KubeCredentials } from './kubeconfig.ts';

export type ConnectionUse = 'calls' | 'watches' | 'lease';

export interface PreparedConnection {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** The path before `/api`. Not empty behind a gateway that serves many clusters. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Pools {
  readonly settings: DispatcherOptions;
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
  readonly lease: Dispatcher;
}

/** Maximum number of calls at the same time; further calls wait. Watches have no limit. */
export const MAX_CALL_CONNECTIONS = 32;
/** A renewal that hangs is given up and repeated on another connection. */
const MAX_LEASE_CONNECTIONS = 2;

/**
 * HTTP/1.1: with HTTP/2 every watch and call would share one connection and one flow-control window. Idle connections are closed after 30 s
 * (the API server closes them after 90 s). The transport sets time limits, undici does not.
 */
const POOL_OPTIONS = { allowH2: false, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 } as const;

export class KubeConnection implements AsyncDisposable {
  readonly #credentials: KubeCredentials;
  #pools: Pools | undefined;
  #closed = false;

  constructor(credentials: KubeCredentials) {
    this.#credentials = credentials;
  }

  /** Credentials and the pool for one request. Throws if there are no credentials. */
  async prepare(use: ConnectionUse): Promise<PreparedConnection> {
    const { headers, connect } = await this.#credentials.authorize();
    const { origin, pathname } = this.#credentials.server;
    return { dispatcher: this.#poolsFor(connect)[use], origin, basePath: pathname.replace(/\/+$/, ''), headers };
  }

  /** Closes all connections at once. Requests that are not finished fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const pools = this.#pools;
    this.#pools = undefined;
    if (pools !== undefined) await Promise.all([pools.calls, pools.watches, pools.lease].map((pool) => pool.destroy()));
  }

  #poolsFor(settings: DispatcherOptions): Pools {
    if (this.#closed) throw new Error('the connection to the API server is closed');
    const current = this.#pools;
    if (current !== undefined && isDeepStrictEqual(current.settings, settings)) return current;
    const next = {
      settings,
      calls: createPool(settings, MAX_CALL_CONNECTIONS),
      watches: createPool(settings, null),
      lease: createPool(settings, MAX_LEASE_CONNECTIONS),
    };
    this.#pools = next;
    if (current !== undefined) for (const pool of [current.calls, current.watches, current.lease]) retire(pool);
    return next;
  }
}

/** Closes the pool after its open requests. An error is ignored: a pool that fails to close has no open connection. */
function retire(pool: Dispatcher): void {
  pool.close().catch(() => pool.destroy());
}

function createPool(settings: DispatcherOptions, connections: number | null): Dispatcher {
  const options = { ...POOL_OPTIONS, connections };
  switch (settings.type) {
    case 'agent':
      return new Agent({ ...options, connect: connectorOf(settings.connect) });
    case 'none':
      return new Agent({ ...options, connect: { keepAlive: true, keepAliveInitialDelay: 30_000 } });
    case 'proxy':
      return new ProxyAgent({
        ...options,
        uri: settings.uri,
        requestTls: connectorOf(settings.requestTls),
        connect: connectorOf(settings.connect),
      });
    case 'socks':
      return new Socks5ProxyAgent(settings.uri, { ...options, requestTls: connectorOf(settings.requestTls) });
    default:
      return assertNever(settings);
  }
}

/** The same options with the type of undici, which declares optional members differently. */
function connectorOf(options: object): buildConnector.BuildOptions {
  return options;
}
