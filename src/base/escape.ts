/**
 * Escapes as in JSON strings, for texts that people read: what cannot be seen, or changes the order of what can be seen, is written as `\u202e`. Pure. All of
 * it takes time in proportion to the text.
 */

/** Controls, format characters (of bidirectional text, for example), separators of lines and paragraphs, and halves of surrogate pairs. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;
const HEX_DIGITS = /^[0-9a-f]{4}$/i;
const BACKSLASH = 0x5c;
/** `\u202e` */
const LONGEST_ESCAPE = 6;

export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, escaped);
}

function escaped(characters: string): string {
  let escapes = '';
  for (let at = 0; at < characters.length; at += 1) escapes += `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return escapes;
}

/** The last index up to `index` at which neither a surrogate pair nor an escape is cut in two. */
export function cutBefore(text: string, index: number): number {
  return undividedAt(text, index)?.start ?? index;
}

/** The same from `index` on. */
export function cutAfter(text: string, index: number): number {
  return undividedAt(text, index)?.end ?? index;
}

/** The pair or escape that begins before `index` and ends after it. */
function undividedAt(text: string, index: number): { readonly start: number; readonly end: number } | undefined {
  if (index <= 0 || index >= text.length) return undefined;
  if (isHighSurrogate(text, index - 1) && isLowSurrogate(text, index)) return { start: index - 1, end: index + 1 };
  const from = Math.max(index - LONGEST_ESCAPE + 1, 0);
  // After an odd number of backslashes, the first character belongs to an escape.
  let start = from + (backslashesBefore(text, from) % 2);
  while (start < index) {
    const end = text[start] === '\\' ? start + lengthOfEscape(text, start) : start + 1;
    if (end > index) return { start, end: Math.min(end, text.length) };
    start = end;
  }
  return undefined;
}

function backslashesBefore(text: string, index: number): number {
  let start = index;
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1;
  return index - start;
}

function lengthOfEscape(text: string, start: number): number {
  return text[start + 1] === 'u' && HEX_DIGITS.test(text.slice(start + 2, start + LONGEST_ESCAPE)) ? LONGEST_ESCAPE : 2;
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
