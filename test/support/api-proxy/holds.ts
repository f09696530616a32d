// Requests that a test has stopped in the proxy, to act at that exact time.
import { matchesRequest } from './fault-table.ts';
import type { RequestMatch } from './fault-table.ts';
import type { ResourceRequest } from './resource-request.ts';

/** `request`: before the API server sees it. `response`: when the API server has done it and the client does not know yet. */
export type HoldPoint = 'request' | 'response';

export interface HoldOptions extends RequestMatch {
  /** Default `request`. */
  readonly at?: HoldPoint;
  /** How many requests it holds; default 1. */
  readonly times?: number;
}

export interface Hold extends Disposable {
  /** Resolves when the first request is held. */
  readonly arrived: Promise<ResourceRequest>;
  /** How many are held or were. */
  readonly hits: number;
  /** Lets all held requests go on, and holds no more. */
  release(): void;
}

interface Entry {
  readonly options: HoldOptions;
  readonly arrive: (request: ResourceRequest) => void;
  readonly released: Promise<void>;
  hits: number;
}

export class Holds {
  readonly #entries = new Set<Entry>();
  readonly #releases = new Set<() => void>();

  add(options: HoldOptions): Hold {
    const arrival = Promise.withResolvers<ResourceRequest>();
    const gate = Promise.withResolvers<void>();
    const entry: Entry = { options, arrive: arrival.resolve, released: gate.promise, hits: 0 };
    const release = (): void => {
      this.#entries.delete(entry);
      this.#releases.delete(release);
      gate.resolve();
    };
    this.#entries.add(entry);
    this.#releases.add(release);
    return {
      arrived: arrival.promise,
      get hits() {
        return entry.hits;
      },
      release,
      [Symbol.dispose]: release,
    };
  }

  /** Waits at this point while a hold fits the request. */
  async pass(point: HoldPoint, request: ResourceRequest, userAgent: string): Promise<void> {
    for (const entry of this.#entries) {
      const { at = 'request', times = 1 } = entry.options;
      if (at !== point || entry.hits >= times || !matchesRequest(entry.options, request, userAgent)) continue;
      entry.hits++;
      entry.arrive(request);
      await entry.released;
    }
  }

  releaseAll(): void {
    for (const release of this.#releases) release();
  }
}
