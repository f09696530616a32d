/** The result of a path: a value of the document, or a text that a modifier or a selection made. Pure. */
import { JsonDocument, type Kind, type ValueIndex } from '../json/document.ts';
import type { Cost } from './cost.ts';

export interface PathValue {
  readonly document: JsonDocument;
  readonly place: ValueIndex;
  /** Whether this is the whole document, with white space and further JSON texts, and not a value inside it. */
  readonly whole: boolean;
}

/** Undefined: no result. This differs from null. */
export type Found = PathValue | undefined;

export function wholeOf(document: JsonDocument): PathValue {
  return { document, place: 0, whole: true };
}

export function inside(document: JsonDocument, place: ValueIndex): PathValue {
  return { document, place, whole: false };
}

/** The value of a generated text; undefined if the text is not JSON. */
export function made(text: string, cost: Cost): Found {
  cost.spendText(text.length);
  const document = JsonDocument.parse(text);
  return document === undefined ? undefined : wholeOf(document);
}

export function kindOf(value: Found): Kind | undefined {
  return value?.document.kind(value.place);
}

/** The JSON text, byte for byte; '' without a result. */
export function rawOf(value: Found): string {
  if (value === undefined) return '';
  const { document, place, whole } = value;
  return whole && document.isContainer(place) ? document.text.slice(document.start(place)) : document.raw(place);
}

/** The input text of a modifier: for a whole document the complete text. */
export function inputOf(value: Found): string {
  return value?.whole === true ? value.document.text : rawOf(value);
}

/** The bytes for the Secret: the content of a string, '' for null, the JSON text of any other value. */
export function contentOf(value: PathValue): string {
  const kind = value.document.kind(value.place);
  if (kind === 'string') return value.document.string(value.place);
  return kind === 'null' ? '' : rawOf(value);
}

/** Joins texts. The length of the whole has a limit. */
export class Pieces {
  readonly #cost: Cost;
  readonly #pieces: string[] = [];
  #length = 0;

  constructor(cost: Cost) {
    this.#cost = cost;
  }

  push(...pieces: readonly string[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#length += piece.length;
    }
    this.#cost.spend(1);
    this.#cost.checkText(this.#length);
  }

  get length(): number {
    return this.#length;
  }

  join(separator = ''): string {
    return this.#pieces.join(separator);
  }
}
