/**
 * Ends answers that are larger or slower than any honest one. The SDK reads a body whole, and its time limits end with the head of the answer: a body without
 * an end would fill the memory, and one that drips would keep a place for calls for ever.
 */
import { Transform, pipeline, type Readable } from 'node:stream';

export interface BodyLimits {
  /**
   * The largest honest answer is a batch of twenty values of 64 KiB. If JSON escapes each of their characters as six, these are 7.5 MiB.
   */
  readonly bytes: number;
  /** Milliseconds from the first look at the body to its end. */
  readonly time: number;
}

/** Codes of network errors, so that each of them is an outage. */
const TOO_LARGE = 'EMSGSIZE';
const TOO_SLOW = 'ETIMEDOUT';

/**
 * Returns what is to be read in place of `body`: itself, if its length is known (the HTTP parser ends it there). Throws for a length above the limit. A body
 * that exceeds a limit later is destroyed with an error that counts as one of the network.
 */
export function boundedBody(body: Readable, contentLength: string | undefined, { bytes, time }: BodyLimits): Readable {
  // Whoever reads it hears of the error as well; without a reader nobody has to.
  body.on('error', () => undefined);
  if (Number(contentLength) > bytes) throw destroyed(body, exceeding(TOO_LARGE));
  if (body.closed) return body;
  const late = setTimeout(() => destroyed(body, exceeding(TOO_SLOW)), time);
  late.unref();
  body.once('close', () => clearTimeout(late));
  return contentLength === undefined ? counted(body, bytes) : body;
}

function counted(body: Readable, bytes: number): Readable {
  let left = bytes;
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      left -= chunk.byteLength;
      if (left < 0) done(exceeding(TOO_LARGE));
      else done(null, chunk);
    },
  });
  // The reader of `counter` hears of the error, whichever of the two has ended.
  pipeline(body, counter, () => undefined);
  return counter;
}

function destroyed(body: Readable, error: Error): Error {
  body.destroy(error);
  return error;
}

function exceeding(code: string): Error {
  return Object.assign(new Error(`the body of the answer exceeds a limit (${code})`), { code });
}
