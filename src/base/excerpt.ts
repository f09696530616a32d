/** A bounded piece of a text that somebody else wrote, for messages to people. Pure. */
import { cutBefore, visible } from './escape.ts';

/** Longer than most names, and short enough for several of them in one message. */
const SHORT = 80;

/** The text itself, or its first `length` UTF-16 units and an ellipsis in place of the rest. No surrogate pair and no escape is cut in two. */
export function excerpt(text: string, length = SHORT): string {
  return text.length <= length ? text : `${text.slice(0, cutBefore(text, length))}…`;
}

/** The same as a JSON string, so that its end and what cannot be seen can be seen. */
export function quote(text: string, length = SHORT): string {
  return visible(JSON.stringify(excerpt(text, length)));
}

/** Its first `length` UTF-16 units, for texts that are kept long: a slice would keep the whole text in memory. */
export function shortCopy(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length), 'utf16le').toString('utf16le');
}
