/** Lines of a byte stream. Split by bytes and not by text, so that a character cut between two chunks stays whole. */

const NEWLINE = 0x0a;

/** A line without an end in sight: the stream is not what it should be, or one object is larger than we are ready to hold. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/**
 * What `read` makes of every complete, non-empty line. What follows the last newline was cut off and is dropped. Throws LineTooLongError beyond `maxBytes`.
 * The lines themselves are given to nobody else: a generator that waits for the next one would keep the last one in memory, and lines hold Secrets.
 * `turn` resolves when a line of so many bytes may be read.
 */
export async function* splitLines<T>(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  read: (line: string) => T,
  turn: (bytes: number) => Promise<void>,
): AsyncGenerator<T, void> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      size += end - start;
      start = end + 1;
      if (size > maxBytes) throw new LineTooLongError(`more than ${maxBytes} bytes`);
      if (size > 0) {
        await turn(size);
        yield readLine(pending, size, read);
      }
      pending = [];
      size = 0;
    }
    pending.push(chunk.subarray(start));
    size += chunk.byteLength - start;
    if (size > maxBytes) throw new LineTooLongError(`more than ${maxBytes} bytes`);
  }
}

/** A function of its own, so that no frame that lives on has seen the text. */
function readLine<T>(parts: readonly Uint8Array[], size: number, read: (line: string) => T): T {
  return read(Buffer.concat(parts, size).toString('utf8'));
}
