/** Selections: `[path,path]` makes an array and `{path,"name":path}` an object of what the paths lead to. Pure. */
import { JsonDocument } from '../json/document.ts';
import { quote } from '../json/string.ts';
import { afterString } from './brackets.ts';
import type { Evaluation } from './evaluate.ts';
import { made, Pieces, rawOf, type Found } from './value.ts';

export interface Selector {
  readonly name: string;
  readonly path: string;
}

/** The selectors of the selection that begins the path, and the offset after it; undefined where its bracket is not closed. */
export function selectorsOf(path: string): { readonly selectors: readonly Selector[]; readonly end: number } | undefined {
  const selectors: Selector[] = [];
  const scan = { depth: 1, start: 1, colon: 0, hasModifier: false };
  const take = (end: number): void => {
    const named = scan.colon > 0;
    selectors.push({ name: named ? path.slice(scan.start, scan.colon) : '', path: path.slice(named ? scan.colon + 1 : scan.start, end) });
    Object.assign(scan, { start: end + 1, colon: 0, hasModifier: false });
  };
  for (let at = 1; at < path.length; at += 1) {
    const character = path.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '"') at = afterString(path, at) - 1;
    else if (character === '@') scan.hasModifier ||= /[.|]/.test(path.charAt(at - 1));
    else if (character === ':' && !scan.hasModifier && scan.colon === 0 && scan.depth === 1) scan.colon = at;
    else if (character === ',' && scan.depth === 1) take(at);
    else if ('[({'.includes(character)) scan.depth += 1;
    else if (')]}'.includes(character)) {
      scan.depth -= 1;
      if (scan.depth > 0) continue;
      take(at);
      return { selectors, end: at + 1 };
    }
  }
  return undefined;
}

/** What leads nowhere is left out. */
export function select(value: Found, selectors: readonly Selector[], asObject: boolean, evaluation: Evaluation): Found {
  const pieces = new Pieces(evaluation.cost);
  for (const selector of selectors) {
    const found = evaluation.get(value, selector.path);
    if (found === undefined) continue;
    pieces.push(`${asObject ? `${nameOf(selector)}:` : ''}${rawOf(found)}`);
  }
  const content = pieces.join(',');
  return made(asObject ? `{${content}}` : `[${content}]`, evaluation.cost);
}

/** A name as JSON: the one given, or the last component of the path. */
function nameOf({ name, path }: Selector): string {
  if (name.startsWith('"') && JsonDocument.parse(name)?.roots === 1) return name;
  if (name !== '') return quote(name);
  const last = lastComponent(path);
  return quote(SIMPLE_NAME.test(last) ? last : '_');
}

/** Without control characters and what means something in paths. */
const SIMPLE_NAME = /^[ "$-'*-Z\\^-z~-\uffff]*$/;

/** What follows the last dot or pipe without a backslash before it. */
function lastComponent(path: string): string {
  for (let at = path.length - 1; at >= 0; at -= 1) {
    if (/[.|]/.test(path.charAt(at)) && path.charAt(at - 1) !== '\\') return path.slice(at + 1);
  }
  return path;
}
