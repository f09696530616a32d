// Known secret values, and the search for them in all output of the operator: they may be only in Secrets.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';

export class Canaries {
  readonly #values: string[] = [];

  /** A new value that occurs nowhere else. */
  plant(label = 'value'): string {
    const value = `canary-${label}-${randomBytes(12).toString('hex')}`;
    this.#values.push(value);
    return value;
  }

  /** Where a planted value shows up, as itself or as base64, by the names of the texts. */
  found(texts: Readonly<Record<string, string>>): readonly string[] {
    return Object.entries(texts).flatMap(([place, text]) =>
      this.#values.filter((value) => shows(text, value)).map((value) => `${value} in ${place}`),
    );
  }

  /** The planted values that a file shows, however large it is. */
  async foundInFile(path: string): Promise<readonly string[]> {
    const found = new Set<string>();
    let before = '';
    for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: CHUNK_BYTES })) {
      const text = before + String(chunk);
      for (const value of this.#values) if (!found.has(value) && shows(text, value)) found.add(value);
      // A value may lie across two chunks.
      before = text.slice(-OVERLAP);
    }
    return [...found];
  }
}

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Longer than any value and its base64. */
const OVERLAP = 512;

function shows(text: string, value: string): boolean {
  // The first bytes may be shared with what stands before them, so the middle of the base64 is looked for, at each of the three alignments.
  const encodings = [0, 1, 2].map((pad) =>
    Buffer.from(`${' '.repeat(pad)}${value}`)
      .toString('base64')
      .slice(4, -4),
  );
  return text.includes(value) || encodings.some((encoded) => text.includes(encoded));
}
