/** Selections: `[path,path]` makes an array of the results, and `{path,"name":path}` an object. Pure. */
import { JsonDocument } from '../json/document.ts';
import { quote } from '../json/string.ts';
import { afterString } from './brackets.ts';
import type { Evaluation } from './evaluation.ts';
import { made, Pieces, rawOf, type Found } from './value.ts';

export interface PathSelector {
  readonly name: string;
  readonly path: string;
}

/** The selectors of the selection at the start of the path, and the offset after it; undefined if its bracket is not closed. */
export function selectorsOf(path: string): { readonly selectors: readonly PathSelector[]; readonly end: number } | undefined {
  const scan = new SelectorScan(path);
  for (let at = 1; at < path.length;) {
    at = scan.take(at);
    if (scan.depth === 0) return { selectors: scan.selectors, end: at };
  }
  return undefined;
}

/** Splits a selection at the commas that are not in nested brackets. */
class SelectorScan {
  readonly selectors: PathSelector[] = [];
  readonly #path: string;
  /** Number of open brackets. */
  #depth = 1;
  /** Start of the present selector. */
  #start = 1;
  /** End of the name of the present selector; 0 without a name. */
  #colon = 0;
  /** A colon after a modifier begins the argument of the modifier. */
  #hasModifier = false;

  constructor(path: string) {
    this.#path = path;
  }

  get depth(): number {
    return this.#depth;
  }

  /** Reads one character or one string. Returns the next offset. */
  take(at: number): number {
    const character = this.#path.charAt(at);
    if (character === '\\') return at + 2;
    if (character === '"') return afterString(this.#path, at);
    if (character === '@') this.#hasModifier ||= /[.|]/.test(this.#path.charAt(at - 1));
    else if ('[({'.includes(character)) this.#depth += 1;
    else if (')]}'.includes(character)) this.#close(at);
    else if (this.#depth === 1) this.#takeSeparator(character, at);
    return at + 1;
  }

  #close(at: number): void {
    this.#depth -= 1;
    if (this.#depth === 0) this.#end(at);
  }

  #takeSeparator(character: string, at: number): void {
    if (character === ',') this.#end(at);
    else if (character === ':' && !this.#hasModifier && this.#colon === 0) this.#colon = at;
  }

  #end(end: number): void {
    const isNamed = this.#colon > 0;
    const name = isNamed ? this.#path.slice(this.#start, this.#colon) : '';
    this.selectors.push({ name, path: this.#path.slice(isNamed ? this.#colon + 1 : this.#start, end) });
    this.#start = end + 1;
    this.#colon = 0;
    this.#hasModifier = false;
  }
}

/** Paths without a result are omitted. */
export function select(value: Found, selectors: readonly PathSelector[], asObject: boolean, evaluation: Evaluation): Found {
  const pieces = new Pieces(evaluation.cost);
  for (const selector of selectors) {
    const found = evaluation.get(value, selector.path);
    if (found === undefined) continue;
    pieces.push(`${asObject ? `${nameOf(selector)}:` : ''}${rawOf(found)}`);
  }
  const content = pieces.join(',');
  return made(asObject ? `{${content}}` : `[${content}]`, evaluation.cost);
}

/** A name as JSON: the given name, or the last component of the path. */
function nameOf({ name, path }: PathSelector): string {
  if (name.startsWith('"') && JsonDocument.parse(name)?.roots === 1) return name;
  if (name !== '') return quote(name);
  const last = lastComponent(path);
  return quote(SIMPLE_NAME.test(last) ? last : '_');
}

/** Names without control characters and without characters that have a meaning in paths. */
const SIMPLE_NAME = /^[ "$-'*-Z\\^-z~-\uffff]*$/;

/** The part after the last dot or pipe that has no backslash before it. */
function lastComponent(path: string): string {
  for (let at = path.length - 1; at >= 0; at -= 1) {
    if (/[.|]/.test(path.charAt(at)) && path.charAt(at - 1) !== '\\') return path.slice(at + 1);
  }
  return path;
}
