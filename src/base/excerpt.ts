/** Shortens a text of a user or another program for a message. Pure. */

/** Longer than most names, and short enough for several of them in one message. */
const SHORT = 80;

/** The text, or its first `length` UTF-16 units and an ellipsis. A surrogate pair is not split. */
export function excerpt(text: string, length = SHORT): string {
  if (text.length <= length) return text;
  const end = isHighSurrogate(text.charCodeAt(length - 1)) ? length - 1 : length;
  return `${text.slice(0, end)}…`;
}

/** The same as a JSON string, which shows its end and control characters. */
export function quote(text: string, length = SHORT): string {
  return JSON.stringify(excerpt(text, length));
}

/** Its first `length` UTF-16 units, for texts that are kept long: a slice would keep the whole text in memory. */
export function shortCopy(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length), 'utf16le').toString('utf16le');
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
