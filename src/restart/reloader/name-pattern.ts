/** One item of a list of names in Reloader's annotations: an expression of Go's package regexp (RE2), between `^` and `$`. Pure. */
import { RE2JS } from 're2js';
import { patternSize } from './pattern-size.ts';

export interface NamePattern {
  readonly text: string;
  /** Linear in the length of the name. */
  matches(name: string): boolean;
}

/** Characters of one expression. */
export const MAX_PATTERN = 256;
/** Parts of a compiled expression. It takes some 20 ms to compile so many. */
const MAX_SIZE = 10_000;

/** Whether the item is a name: no character of it has a meaning in an expression. A dot has one. */
export function isLiteral(item: string): boolean {
  return /^[a-z0-9-]{1,253}$/.test(item);
}

/** Whether it may be compiled: its time to compile has a bound. It need not be valid. */
export function isWithinBounds(text: string): boolean {
  return text.length <= MAX_PATTERN && patternSize(text) <= MAX_SIZE;
}

/**
 * Undefined: the expression is invalid, too long or too large. It takes up to 20 ms. As in Reloader, `^` and `$` belong to the first and the last branch of `a|b`: it matches names that begin
 * with a, or end with b.
 */
export function compilePattern(text: string): NamePattern | undefined {
  if (!isWithinBounds(text)) return undefined;
  const expression = compiled(`^${text}$`);
  if (expression === undefined) return undefined;
  const prefix = literalPrefix(text);
  return { text, matches: (name) => name.startsWith(prefix) && expression.matcher(name).find() };
}

function compiled(expression: string): RE2JS | undefined {
  try {
    return RE2JS.compile(expression);
  } catch {
    return undefined;
  }
}

/** What each matching name begins with. It saves most of the time: expressions of people are mostly a name with an open end. */
export function literalPrefix(text: string): string {
  if (text.includes('|')) return '';
  const [prefix = ''] = /^[a-z0-9-]*/.exec(text) ?? [];
  // A repetition concerns the last character.
  return /^[?*+{]/.test(text.slice(prefix.length)) ? prefix.slice(0, -1) : prefix;
}
