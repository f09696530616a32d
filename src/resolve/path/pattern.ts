/** Patterns of names: `*` matches any number of characters, `?` matches one, `\` escapes the next character. Pure. */
import type { Cost } from './cost.ts';

type Token = 'any' | 'one' | { readonly character: string };

/** Number of character comparisons for one step of the cost. */
const STEPS_PER_UNIT = 8;

export class Pattern {
  readonly #tokens: readonly Token[] | undefined;

  constructor(pattern: string) {
    this.#tokens = tokensOf(pattern);
  }

  /**
   * Whether the whole `name` matches. Only the last star is tried again, so the time is at most the product of both lengths, and each step
   * has a cost.
   */
  matches(name: string, cost: Cost): boolean {
    const tokens = this.#tokens;
    if (tokens === undefined) return false;
    let at = 0;
    let token = 0;
    let star = -1;
    let retry = 0;
    for (let steps = 1; at < name.length; steps += 1) {
      if (steps % STEPS_PER_UNIT === 0) cost.spend(1);
      const current = tokens[token];
      if (current === 'any') {
        star = token;
        retry = at;
        token += 1;
        if (token === tokens.length) return true;
      } else if (current !== undefined && matchesAt(current, name, at)) {
        at += widthAt(name, at);
        token += 1;
      } else if (star >= 0) {
        retry += widthAt(name, retry);
        at = retry;
        token = star + 1;
      } else return false;
    }
    return tokens.slice(token).every((rest) => rest === 'any');
  }
}

/** Undefined for a pattern that ends with a backslash, which matches no name. */
function tokensOf(pattern: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length;) {
    let character = pattern.charAt(at);
    const isEscaped = character === '\\';
    if (isEscaped) {
      at += 1;
      if (at >= pattern.length) return undefined;
      character = pattern.charAt(at);
    }
    const width = widthAt(pattern, at);
    if (isEscaped || (character !== '*' && character !== '?')) tokens.push({ character: pattern.slice(at, at + width) });
    else if (character === '?') tokens.push('one');
    else if (tokens.at(-1) !== 'any') tokens.push('any');
    at += width;
  }
  return tokens;
}

function matchesAt(token: Token, name: string, at: number): boolean {
  return token === 'one' || (typeof token === 'object' && name.startsWith(token.character, at));
}

/** Length in bytes of the UTF-8 character at `at`; 1 for invalid UTF-8. */
function widthAt(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at);
  if (first < 0xc2 || first > 0xf4) return 1;
  let width = 4;
  if (first < 0xe0) width = 2;
  else if (first < 0xf0) width = 3;
  for (let offset = 1; offset < width; offset += 1) {
    const code = bytes.charCodeAt(at + offset);
    if (!(code >= 0x80 && code <= 0xbf)) return 1;
  }
  return width;
}
