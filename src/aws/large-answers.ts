/**
 * Large answers are taken in one after the other, one in each turn of the event loop: to parse twenty values of 64 KiB takes ten milliseconds and more,
 * and all that have arrived meanwhile would be parsed in the same turn. Until then a body stays in its socket, where it takes no memory of the process.
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

export class LargeAnswers {
  readonly #waiting: (() => void)[] = [];
  #isTaking = false;

  /** Resolves when the body may be read. */
  async turn({ headers, body }: AnswerHead): Promise<void> {
    // Whose length is not told may be of any.
    const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
    if (length < LARGE_BYTES || !isStream(body)) return;
    if (this.#isTaking) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    this.#isTaking = true;
    this.#endWith(body);
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
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaking = false;
    else next();
  }
}

const ENDS = ['end', 'close', 'error'] as const;

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'once' in body && 'readableEnded' in body;
}
