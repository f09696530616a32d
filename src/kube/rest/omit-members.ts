/**
 * Removes members from a JSON text before it is parsed. JSON.parse cannot be interrupted: an object with a hundred thousand labels or keys,
 * which the API server accepts, would block the event loop for too long. A scan of the text is many times faster than the parser. Pure.
 */

import type { Omitted } from '../port.ts';

/** No reader of a list or watch needs managedFields. They are often half of an object. */
export const MANAGED_FIELDS: Omitted = new Map([['managedFields', 0]]);

/** For a shorter text the scan takes longer than the parser. */
const WORTHWHILE = 64 * 1024;

/**
 * Maximum number of members of one object, without the removed ones. JSON.parse takes 15 ms for this many different keys, and half a second
 * for the 120,000 keys that fit into an object. A Secret that Keytender writes has at most 10,000 keys.
 */
export const MAX_MEMBERS = 15_000;
/** Removed first from an object with more members. The schemas of the custom resources limit all other members. */
const LEFT_OUT_FIRST: Omitted = new Map([
  ['labels', 0],
  ['annotations', 0],
]);
/** Metadata that is kept for an object that still has too many members: enough to identify the object and to see that it has changed. */
const IDENTIFYING: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
]);
/** Longer members are not kept. A name has at most 253 characters. */
const MAX_IDENTIFYING = 1_024;

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Parses `text` without the members of every object that is the value of a key "metadata" at `depth` (1: of the outermost object). Throws the
 * SyntaxError of JSON.parse if the text is not JSON.
 */
export function parseWithout(text: string, depth: number, omitted: Omitted): unknown {
  return parseBounded(text, depth, omitted).value;
}

/**
 * Like parseWithout. `reduced`: an object at `depth` has more than MAX_MEMBERS members. Then its labels and annotations are removed, or, if
 * that is not enough, all members except the metadata that identifies it.
 */
export function parseBounded(text: string, depth: number, omitted: Omitted): { readonly value: unknown; readonly reduced: boolean } {
  if (text.length < WORTHWHILE) return { value: JSON.parse(text), reduced: false };
  const omission = new Omission(text, depth, omitted);
  const value: unknown = JSON.parse(omission.result());
  return { value, reduced: omission.reduced };
}

/** `text` without those members, and with objects of more than MAX_MEMBERS members reduced. */
export function withoutMembers(text: string, depth: number, omitted: Omitted): string {
  return new Omission(text, depth, omitted).result();
}

class Omission {
  readonly #text: string;
  readonly #depth: number;
  readonly #omitted: Omitted;
  readonly #pieces: string[] = [];
  /** The end of the text that is in the pieces or was removed. */
  #done = 0;
  /** Number of open objects and lists. */
  #level = 0;
  /** Whether the last key at `depth` is "metadata". */
  #inMetadata = false;
  #reduced = false;
  /** The open object at `depth`: its start, and the state before it. */
  #start = 0;
  #piecesBefore = 0;
  #doneBefore = 0;
  #members = 0;
  #identifying: string[] = [];

  constructor(text: string, depth: number, omitted: Omitted) {
    this.#text = text;
    this.#depth = depth;
    this.#omitted = omitted;
  }

  /** Whether an object has too many members. Valid after `result`. */
  get reduced(): boolean {
    return this.#reduced;
  }

  result(): string {
    for (let at = 0; at < this.#text.length;) {
      const code = this.#text.charCodeAt(at);
      if (isOpening(code)) this.#open(at);
      else if (isClosing(code)) this.#close(at);
      at = code === QUOTE ? this.#afterString(at) : at + 1;
    }
    this.#pieces.push(this.#text.slice(this.#done));
    return this.#pieces.join('');
  }

  #open(at: number): void {
    this.#level += 1;
    if (this.#level !== this.#depth) return;
    this.#start = at;
    this.#piecesBefore = this.#pieces.length;
    this.#doneBefore = this.#done;
    this.#members = 0;
    this.#identifying = [];
  }

  #close(at: number): void {
    this.#level -= 1;
    if (this.#level !== this.#depth - 1 || this.#members <= MAX_MEMBERS) return;
    this.#reduced = true;
    this.#pieces.length = this.#piecesBefore;
    this.#pieces.push(this.#text.slice(this.#doneBefore, this.#start), this.#reduction(at + 1));
    this.#done = at + 1;
  }

  /** The reduced text of the object at `depth` that ends at `end`. */
  #reduction(end: number): string {
    const isLast = [...LEFT_OUT_FIRST.keys()].every((name) => this.#omitted.get(name) === 0);
    if (isLast) return `{"metadata":{${this.#identifying.join(',')}}}`;
    return withoutMembers(this.#text.slice(this.#start, end), 1, new Map([...this.#omitted, ...LEFT_OUT_FIRST]));
  }

  /** The position after the string, or after the whole member if the string is the key of a member that is removed. */
  #afterString(start: number): number {
    const end = endOfString(this.#text, start);
    if (this.#text.charCodeAt(end) !== COLON) return end;
    this.#members += 1;
    const above = this.#level - this.#depth;
    if (above === 0) this.#inMetadata = this.#text.slice(start + 1, end - 1) === 'metadata';
    if (above !== 1 || !this.#inMetadata) return end;
    const name = this.#text.slice(start + 1, end - 1);
    if (IDENTIFYING.has(name)) this.#identify(start, endOfValue(this.#text, end + 1));
    const most = this.#omitted.get(name);
    if (most === undefined) return end;
    const after = endOfValue(this.#text, end + 1);
    return after - end - 1 > most ? this.#leaveOut(start, after) : end;
  }

  #identify(from: number, to: number): void {
    if (to - from <= MAX_IDENTIFYING) this.#identifying.push(this.#text.slice(from, to));
  }

  /** Removes the member with one comma. */
  #leaveOut(from: number, to: number): number {
    if (from > this.#done) this.#pieces.push(this.#text.slice(this.#done, from));
    this.#done = this.#text.charCodeAt(to) === COMMA ? to + 1 : to;
    if (this.#done > to) return this.#done;
    const last = this.#pieces.pop() ?? '';
    this.#pieces.push(last.endsWith(',') ? last.slice(0, -1) : last);
    return to;
  }
}

/** The position after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** The position after the value that begins at `start`. */
function endOfValue(text: string, start: number): number {
  let first = start;
  while (text.charCodeAt(first) <= SPACE) first += 1;
  if (isOpening(text.charCodeAt(first))) return endOfContainer(text, first);
  let at = text.charCodeAt(first) === QUOTE ? endOfString(text, first) : first;
  while (at < text.length && text.charCodeAt(at) !== COMMA && !isClosing(text.charCodeAt(at))) at += 1;
  return at;
}

/** The position after the object or list that begins at `start`. */
function endOfContainer(text: string, start: number): number {
  let level = 0;
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at);
    if (isOpening(code)) level += 1;
    if (isClosing(code)) level -= 1;
    at = code === QUOTE ? endOfString(text, at) : at + 1;
    if (level === 0) return at;
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
