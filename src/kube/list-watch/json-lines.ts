/** Lines of a byte stream. The bytes are split, not the text, because a character can be in two chunks. */

const NEWLINE = 0x0a;

/** A line is longer than the limit: the stream is not a watch, or one object is too large. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/**
 * The results of `read` for each complete line that is not empty. An incomplete line at the end is dropped. Throws LineTooLongError for a
 * line longer than `maxBytes`. The lines themselves are not yielded: a generator that waits for the next line would keep the last one in
 * memory, and lines hold Secrets. `turn` resolves when a line of a given length may be parsed.
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

/** A separate function, so that the text is not on the stack of the generator. */
function readLine<T>(parts: readonly Uint8Array[], size: number, read: (line: string) => T): T {
  return read(Buffer.concat(parts, size).toString('utf8'));
}
