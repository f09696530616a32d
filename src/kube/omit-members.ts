/**
 * Takes members out of a JSON text before it is parsed. JSON.parse runs to its end: an object with a hundred thousand labels, which the API server
 * lets in, holds the event loop for longer than a step may. Looking for the end of a value is many times faster than making objects of it. Pure.
 */

import type { Omitted } from './port.ts';

/** What nobody who lists or watches reads; often half of an object. */
export const MANAGED_FIELDS: Omitted = new Map([['managedFields', 0]]);

/** Shorter texts are parsed faster than they could be looked through. */
const WORTHWHILE = 64 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Parses `text` without the members of every object that is the value of a key "metadata" at `depth` (1: of the outermost object). Throws the
 * SyntaxError of JSON.parse for what is no JSON.
 */
export function parseWithout(text: string, depth: number, omitted: Omitted): unknown {
  if (omitted.size === 0 || text.length < WORTHWHILE) return JSON.parse(text);
  return JSON.parse(withoutMembers(text, depth, omitted));
}

export function withoutMembers(text: string, depth: number, omitted: Omitted): string {
  return new Omission(text, depth, omitted).result();
}

class Omission {
  readonly #text: string;
  readonly #depth: number;
  readonly #omitted: Omitted;
  readonly #pieces: string[] = [];
  /** Where what has been taken into the pieces, or left out, ends. */
  #done = 0;
  /** Objects and lists that are open. */
  #level = 0;
  /** Whether the value of the last key at `depth` is a metadata. */
  #inMetadata = false;

  constructor(text: string, depth: number, omitted: Omitted) {
    this.#text = text;
    this.#depth = depth;
    this.#omitted = omitted;
  }

  result(): string {
    for (let at = 0; at < this.#text.length;) {
      const code = this.#text.charCodeAt(at);
      if (isOpening(code)) this.#level += 1;
      else if (isClosing(code)) this.#level -= 1;
      at = code === QUOTE ? this.#afterString(at) : at + 1;
    }
    this.#pieces.push(this.#text.slice(this.#done));
    return this.#pieces.join('');
  }

  /** Where the text goes on: after the string, or after the whole member if it is the key of one that is left out. */
  #afterString(start: number): number {
    const end = endOfString(this.#text, start);
    if (this.#text.charCodeAt(end) !== COLON) return end;
    const above = this.#level - this.#depth;
    if (above === 0) this.#inMetadata = this.#text.slice(start + 1, end - 1) === 'metadata';
    if (above !== 1 || !this.#inMetadata) return end;
    const most = this.#omitted.get(this.#text.slice(start + 1, end - 1));
    if (most === undefined) return end;
    const after = endOfValue(this.#text, end + 1);
    return after - end - 1 > most ? this.#leaveOut(start, after) : end;
  }

  /** One comma beside it goes too. */
  #leaveOut(from: number, to: number): number {
    if (from > this.#done) this.#pieces.push(this.#text.slice(this.#done, from));
    this.#done = this.#text.charCodeAt(to) === COMMA ? to + 1 : to;
    if (this.#done > to) return this.#done;
    const last = this.#pieces.pop() ?? '';
    this.#pieces.push(last.endsWith(',') ? last.slice(0, -1) : last);
    return to;
  }
}

/** Where the text goes on after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Where the text goes on after the value that begins at `start`. */
function endOfValue(text: string, start: number): number {
  let level = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (isOpening(code)) level += 1;
    else if (isClosing(code)) {
      level -= 1;
      if (level < 0) return at;
    } else if (code === COMMA && level === 0) return at;
    else continue;
    if (level === 0 && code !== QUOTE && !isOpening(code)) return at + 1;
  }
  return text.length;
}

/** `{` or `[` */
function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

/** `}` or `]` */
function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}
