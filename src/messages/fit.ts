/** A sentence in pieces -> a text of bounded length: of what others named the middle is left out, never what we say of it. Pure. */
import { cutAfter, cutBefore } from '../base/escape.ts';

/** A piece that can be shortened. Resources come first, because ARNs and paths are the longest; then identities, then the rest. */
export interface Placeholder {
  readonly slot: 'resource' | 'identity' | 'object' | 'entry' | 'text';
  readonly text: string;
}

export type Piece = string | Placeholder;

const ORDER: readonly Placeholder['slot'][] = ['resource', 'identity', 'object', 'entry', 'text'];
/** Lengths to which inserted names are shortened, in two steps. */
const LEFT = [24, 12];

/** A tag for template literals: joins texts and inserted pieces into one list. */
export function say(texts: TemplateStringsArray, ...values: readonly (Piece | readonly Piece[])[]): readonly Piece[] {
  return texts.flatMap((text, index) => [text, ...[values[index] ?? ''].flat()]);
}

/** The text of the pieces with at most `most` UTF-16 units. */
export function fit(pieces: readonly Piece[], most: number): string {
  let fitted = pieces;
  for (const left of LEFT) for (const slot of ORDER) fitted = shortened(fitted, slot, { left, most });
  return fitted.map(textOf).join('');
}

function shortened(pieces: readonly Piece[], slot: Placeholder['slot'], { left, most }: { left: number; most: number }): readonly Piece[] {
  let over = pieces.reduce((sum, piece) => sum + textOf(piece).length, -most);
  return pieces.map((piece) => {
    if (over <= 0 || typeof piece === 'string' || piece.slot !== slot) return piece;
    const text = withoutMiddle(piece.text, Math.max(left, piece.text.length - over));
    over -= piece.text.length - text.length;
    return { slot, text };
  });
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text;
}

/** At most `length` UTF-16 units, an ellipsis included. No surrogate pair and no escape is cut in two. */
function withoutMiddle(text: string, length: number): string {
  if (text.length <= length) return text;
  const front = Math.ceil((length - 1) / 2);
  const start = text.slice(0, cutBefore(text, front));
  const end = text.slice(cutAfter(text, text.length - (length - 1 - front)));
  return `${start}…${end}`;
}
