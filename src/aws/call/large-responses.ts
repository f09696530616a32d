/**
 * Reads large responses one after the other, one in each iteration of the event loop. Parsing twenty values of 64 KiB takes more than ten milliseconds, and
 * without this, all responses that have arrived would be parsed in one iteration. The body of a waiting response is not read from its socket; only the read
 * buffers of the socket and the stream (about 100 KiB) are in memory.
 */
import type { Readable } from 'node:stream';

/** A batch of ordinary values is smaller and does not wait. */
const LARGE_BYTES = 128 * 1024;
/** Milliseconds after which a slow body no longer delays the others. */
const SLOW_AFTER = 250;

export interface AnswerHead {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Waiting {
  readonly begin: () => void;
}

export class LargeResponses {
  /** In the order of their arrival. */
  readonly #waiting = new Set<Waiting>();
  #isTaking = false;

  /**
   * Resolves when the body may be read. Rejects if the body or the call (`signal`) ends before that: a destroyed body gives its reader neither an end nor an
   * error, so it must not be read.
   */
  async turn({ headers, body }: AnswerHead, signal?: AbortSignal): Promise<void> {
    // A response without a length can have any length.
    const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
    if (length < LARGE_BYTES || !isStream(body)) return;
    signal?.throwIfAborted();
    if (body.destroyed) throw cutOff(body);
    if (this.#isTaking) await this.#wait(body, signal);
    this.#isTaking = true;
    this.#endWith(body);
  }

  async #wait(body: Readable, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { begin: resolve };
    this.#waiting.add(waiting);
    const cut = (): void => reject(cutOff(body));
    const abort = (): void => reject(signal?.reason);
    for (const event of CUTS) body.once(event, cut);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } catch (error) {
      this.#waiting.delete(waiting);
      throw error;
    } finally {
      for (const event of CUTS) body.off(event, cut);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** The body has been read, was cut off, or takes too long. It is parsed in this iteration of the event loop, the next body in a later one. */
  #endWith(body: Readable): void {
    const slow = setTimeout(() => end(), SLOW_AFTER);
    const end = (): void => {
      clearTimeout(slow);
      for (const event of ENDS) body.off(event, end);
      setImmediate(() => this.#next());
    };
    for (const event of ENDS) body.once(event, end);
    if (body.destroyed || body.readableEnded) end();
  }

  #next(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#isTaking = false;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }
}

const ENDS = ['end', 'close', 'error'] as const;
const CUTS = ['aborted', 'close', 'error'] as const;

/** The error of Node for a connection that ends within a response. */
function cutOff({ errored }: Readable): Error {
  if (errored !== null && 'code' in errored) return errored;
  return Object.assign(new Error('the connection ended before the answer was read', { cause: errored }), { code: 'ECONNRESET' });
}

export function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'once' in body && 'readableEnded' in body;
}
