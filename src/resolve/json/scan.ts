/**
 * Parses a JSON text (RFC 8259) into a flat table of its values, in the order of the text. One pass without recursion: nesting uses memory
 * and no stack. The text has one character for each byte (latin1), so offsets are byte offsets and invalid UTF-8 is preserved. Pure.
 */

/** A value has three numbers: the start of its text, its end, and the index of the next value that is not inside it. */
export const WIDTH = 3;

export interface ValueTable {
  readonly cells: Int32Array;
  /** Number of values at the top: 1 for a JSON document, more for a sequence of documents (JSON lines). */
  readonly roots: number;
  /** Number of all values; names of members count as values. */
  readonly count: number;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: ReadonlyMap<number, string> = new Map([
  [0x74, 'true'],
  [0x66, 'false'],
  [0x6e, 'null'],
]);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
export const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Undefined if the text is not a sequence of JSON values. */
export function scan(text: string): ValueTable | undefined {
  return new Scanner(text).run();
}

class Scanner {
  readonly #text: string;
  #cells = new Int32Array(WIDTH * 64);
  #count = 0;
  #at = 0;
  /** Indexes of the open containers, the innermost last. */
  readonly #open: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): ValueTable | undefined {
    let roots = 0;
    for (this.#skipSpace(); this.#at < this.#text.length; this.#skipSpace()) {
      if (!this.#value()) return undefined;
      while (this.#open.length > 0) if (!this.#member()) return undefined;
      roots += 1;
    }
    return roots === 0 ? undefined : { cells: this.#cells, roots, count: this.#count };
  }

  /** A value, or the opening bracket of a container. */
  #value(): boolean {
    const start = this.#at;
    const code = this.#text.charCodeAt(start);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      this.#open.push(this.#add(start));
      this.#at += 1;
      return true;
    }
    if (code === QUOTE) return this.#string();
    const end = this.#endOfScalar(start, code);
    if (end < 0) return false;
    this.#close(this.#add(start), end);
    return true;
  }

  /** The next member of the innermost container, or its end. */
  #member(): boolean {
    const container = this.#open.at(-1) ?? 0;
    const isObject = this.#text.charCodeAt(this.#cells[container * WIDTH] ?? 0) === OPEN_OBJECT;
    this.#skipSpace();
    const code = this.#text.charCodeAt(this.#at);
    if (code === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.#open.pop();
      this.#close(container, this.#at + 1);
      return true;
    }
    const isFirst = this.#count === container + 1;
    if (!isFirst) {
      if (code !== COMMA) return false;
      this.#at += 1;
      this.#skipSpace();
    }
    return (!isObject || this.#name()) && this.#value();
  }

  #name(): boolean {
    if (this.#text.charCodeAt(this.#at) !== QUOTE || !this.#string()) return false;
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== COLON) return false;
    this.#at += 1;
    this.#skipSpace();
    return true;
  }

  #string(): boolean {
    const start = this.#at;
    const end = endOfString(this.#text, start);
    if (end < 0) return false;
    this.#close(this.#add(start), end);
    return true;
  }

  #endOfScalar(start: number, code: number): number {
    const literal = LITERALS.get(code);
    if (literal !== undefined) return this.#text.startsWith(literal, start) ? start + literal.length : -1;
    NUMBER.lastIndex = start;
    return NUMBER.test(this.#text) ? NUMBER.lastIndex : -1;
  }

  #skipSpace(): void {
    if (this.#text.charCodeAt(this.#at) > 0x20) return;
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #add(start: number): number {
    const index = this.#count;
    if ((index + 1) * WIDTH > this.#cells.length) this.#grow();
    this.#cells[index * WIDTH] = start;
    this.#count = index + 1;
    return index;
  }

  #close(index: number, end: number): void {
    this.#cells[index * WIDTH + 1] = end;
    this.#cells[index * WIDTH + 2] = this.#count;
    this.#at = end;
  }

  #grow(): void {
    const larger = new Int32Array(this.#cells.length * 2);
    larger.set(this.#cells);
    this.#cells = larger;
  }
}

/** The offset after the closing quotation mark of the string that starts at `start`; -1 for an invalid string. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code < 0x20) return -1;
    if (code !== BACKSLASH) continue;
    const length = escapeLength(text, at);
    if (length === 0) return -1;
    at += length - 1;
  }
  return -1;
}

function escapeLength(text: string, at: number): number {
  const letter = text.charAt(at + 1);
  if (letter === 'u') return /^[\dA-Fa-f]{4}$/.test(text.slice(at + 2, at + 6)) ? 6 : 0;
  return letter !== '' && '"\\/bfnrt'.includes(letter) ? 2 : 0;
}
