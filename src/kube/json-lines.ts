/** Lines of a byte stream. Split by bytes and not by text, so that a character cut between two chunks stays whole. */

const NEWLINE = 0x0a;

/** A line without an end in sight: the stream is not what it should be, or one object is larger than we are ready to hold. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/** Every complete, non-empty line. What follows the last newline was cut off and is dropped. Throws LineTooLongError beyond `maxBytes`. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string, void> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      size += end - start;
      start = end + 1;
      if (size > maxBytes) throw new LineTooLongError(`more than ${maxBytes} bytes`);
      if (size > 0) yield Buffer.concat(pending, size).toString('utf8');
      pending = [];
      size = 0;
    }
    pending.push(chunk.subarray(start));
    size += chunk.byteLength - start;
    if (size > maxBytes) throw new LineTooLongError(`more than ${maxBytes} bytes`);
  }
}
