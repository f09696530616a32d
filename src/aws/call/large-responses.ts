/**
 * Large answers are read one after the other, one in each iteration of the event loop: to parse twenty values of 64 KiB takes ten milliseconds and
 * more, and all answers that have arrived meanwhile would be parsed in the same iteration. An answer that waits is not read from its socket: of its
 * body only the read buffers of the socket and of the stream (about 100 KiB) are in memory.
 */
import type { Readable } from 'node:stream';

/** A batch of ordinary values is smaller, and never waits. */
const LARGE_BYTES = 128 * 1024;
/** Milliseconds after which a body that is slow to come keeps the others waiting no more. */
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
   * Resolves when the body may be read. Rejects when the body or the call (`signal`) ends before that: a body that is destroyed gives its reader
   * neither an end nor an error, so that nobody may begin to read it.
   */
  async turn({ headers, body }: AnswerHead, signal?: AbortSignal): Promise<void> {
    // Whose length is not told may be of any.
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

  /** The body was read, or will not be, or takes too long: it is parsed in this turn of the event loop, and the next body is for another one. */
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

/** As Node reports a connection that ends within an answer. */
function cutOff({ errored }: Readable): Error {
  if (errored !== null && 'code' in errored) return errored;
  return Object.assign(new Error('the connection ended before the answer was read', { cause: errored }), { code: 'ECONNRESET' });
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'once' in body && 'readableEnded' in body;
}
