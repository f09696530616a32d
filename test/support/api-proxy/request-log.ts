// The requests in the proxy, for counts and waits.
import { matchesRequest } from './fault-table.ts';
import type { RequestMatch } from './fault-table.ts';
import type { ResourceRequest } from './resource-request.ts';

export interface LoggedRequest extends ResourceRequest {
  /** Position in the log, from 0. */
  readonly sequence: number;
  readonly userAgent: string;
  readonly contentType: string;
  /** Milliseconds since the epoch, when the request came in. */
  readonly at: number;
  /** What the client got; 0 when its connection ended without an answer (`lost` when the API server had answered). */
  readonly status: number;
  readonly lost: boolean;
}

export interface WaitForOptions {
  /** Only requests with at least this sequence count. Default: those that end from now on. */
  readonly since?: number;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

interface Waiter {
  readonly accepts: (request: LoggedRequest) => boolean;
  readonly resolve: (request: LoggedRequest) => void;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export class RequestLog {
  readonly #requests: LoggedRequest[] = [];
  readonly #waiters = new Set<Waiter>();

  add(request: Omit<LoggedRequest, 'sequence'>): void {
    const logged = { ...request, sequence: this.#requests.length };
    this.#requests.push(logged);
    for (const waiter of this.#waiters) if (waiter.accepts(logged)) waiter.resolve(logged);
  }

  /** The next sequence: what is logged from now on has this one or more. */
  get next(): number {
    return this.#requests.length;
  }

  /** The requests that fit, oldest first. A watch is logged when its answer begins, anything else when it ends. */
  select(match: RequestMatch = {}, since = 0): readonly LoggedRequest[] {
    return this.#requests.slice(since).filter((request) => matchesRequest(match, request, request.userAgent));
  }

  /** Like select, but only what changes something. */
  writes(match: RequestMatch = {}, since = 0): readonly LoggedRequest[] {
    return this.select(match, since).filter(({ verb }) => WRITES.has(verb));
  }

  /** The first request that fits; rejects after the time-out. */
  async waitFor(
    match: RequestMatch,
    predicate: (request: LoggedRequest) => boolean,
    { since, timeoutMs = 30_000 }: WaitForOptions,
  ): Promise<LoggedRequest> {
    const accepts = (request: LoggedRequest): boolean => matchesRequest(match, request, request.userAgent) && predicate(request);
    const past = since === undefined ? undefined : this.#requests.slice(since).find(accepts);
    if (past !== undefined) return past;
    const { promise, resolve, reject } = Promise.withResolvers<LoggedRequest>();
    const waiter: Waiter = { accepts, resolve };
    const timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: a request like ${JSON.stringify(match)}`)), timeoutMs);
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }
}
