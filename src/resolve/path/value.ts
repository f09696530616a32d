/** What a path leads to: a value of the document, or a text that a modifier or a selection made. Pure. */
import { JsonDocument, type Kind, type Place } from '../json/document.ts';
import type { Cost } from './cost.ts';

export interface PathValue {
  readonly document: JsonDocument;
  readonly place: Place;
  /** The document itself, with the white space around it and further JSON texts behind it, rather than a value inside. */
  readonly whole: boolean;
}

/** Undefined: there is nothing, which is not the same as null. */
export type Found = PathValue | undefined;

export function wholeOf(document: JsonDocument): PathValue {
  return { document, place: 0, whole: true };
}

export function inside(document: JsonDocument, place: Place): PathValue {
  return { document, place, whole: false };
}

/** A text that was made on the way as a value; nothing where it is not JSON. */
export function made(text: string, cost: Cost): Found {
  cost.spendText(text.length);
  const document = JsonDocument.parse(text);
  return document === undefined ? undefined : wholeOf(document);
}

export function kindOf(value: Found): Kind | undefined {
  return value?.document.kind(value.place);
}

/** The JSON text, byte for byte; '' for nothing. */
export function rawOf(value: Found): string {
  if (value === undefined) return '';
  const { document, place, whole } = value;
  return whole && document.isContainer(place) ? document.text.slice(document.start(place)) : document.raw(place);
}

/** The text that a modifier gets: of a whole document all of it. */
export function inputOf(value: Found): string {
  return value?.whole === true ? value.document.text : rawOf(value);
}

/** What is written into a Secret: the content of a string, nothing for null, any other JSON as it stands. */
export function contentOf(value: PathValue): string {
  const kind = value.document.kind(value.place);
  if (kind === 'string') return value.document.string(value.place);
  return kind === 'null' ? '' : rawOf(value);
}

/** Texts that are put together with a bound on the whole. */
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
