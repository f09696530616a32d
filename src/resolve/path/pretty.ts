/** JSON with line breaks and indentation like `@pretty` of gjson: arrays without objects stay on one line if they fit. Pure. */
import type { JsonDocument, ValueIndex } from '../json/document.ts';
import type { Cost } from './cost.ts';
import { optionsOf } from './options.ts';
import { amountsTo } from './query.ts';
import { contentOf, Pieces, type PathValue } from './value.ts';

interface Layout {
  readonly sortKeys: boolean;
  readonly indent: string;
  readonly prefix: string;
  /** Maximum columns of an array on one line; 0 and less: never on one line. */
  readonly width: number;
}

export function pretty({ document, place }: PathValue, argument: string, cost: Cost): string {
  const layout = layoutOf(argument);
  const printer = new Printer(document, layout, cost);
  printer.print(place);
  return printer.text();
}

function layoutOf(argument: string): Layout {
  const options = optionsOf(argument);
  const space = (name: string): string | undefined => {
    const value = options.get(name);
    return value === undefined ? undefined : contentOf(value).replaceAll(/[^ \t\n\r]/g, '');
  };
  const width = options.get('width');
  return {
    sortKeys: amountsTo(options.get('sortKeys')) === true,
    indent: space('indent') ?? '  ',
    prefix: space('prefix') ?? '',
    width: width === undefined ? 80 : integerOf(width),
  };
}

function integerOf(value: PathValue): number {
  const content = contentOf(value);
  if (content === 'true') return 1;
  const number = Math.trunc(Number(content));
  return Number.isFinite(number) ? number : 0;
}

class Printer {
  readonly #document: JsonDocument;
  readonly #layout: Layout;
  readonly #cost: Cost;
  readonly #out: Pieces;
  readonly #flat = new Map<ValueIndex, number>();
  /**
   * Start of the current line. After some line breaks it is the line break itself, as in gjson, and the check of the width depends on it.
   */
  #line = 0;

  constructor(document: JsonDocument, layout: Layout, cost: Cost) {
    this.#document = document;
    this.#layout = layout;
    this.#cost = cost;
    this.#out = new Pieces(cost);
    this.#out.push(layout.prefix);
  }

  text(): string {
    return `${this.#out.join()}\n`;
  }

  print(place: ValueIndex, tabs = 0): void {
    if (!this.#document.isContainer(place)) {
      this.#out.push(this.#document.raw(place));
      return;
    }
    this.#cost.enter();
    if (this.#document.kind(place) === 'object') this.#object(place, tabs);
    else if (this.#fits(place)) this.#oneLine(place);
    else this.#array(place, tabs);
    this.#cost.leave();
  }

  #object(place: ValueIndex, tabs: number): void {
    const names = this.#layout.sortKeys ? this.#sorted(place) : [...this.#document.names(place)];
    this.#out.push('{');
    for (const [index, name] of names.entries()) {
      if (index > 0) this.#out.push(',');
      this.#line = this.#out.length;
      this.#break(tabs + 1);
      this.#out.push(this.#document.raw(name), ': ');
      this.print(name + 1, tabs + 1);
    }
    this.#close('}', names.length, tabs);
  }

  #array(place: ValueIndex, tabs: number): void {
    const items = [...this.#document.items(place)];
    this.#out.push('[');
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#out.push(',');
      // The line break replaces the space that follows a comma on one line.
      const replaces = index > 0 && this.#layout.width !== -1;
      this.#line = this.#out.length + (replaces ? 1 : 0);
      this.#break(tabs + 1);
      this.print(item, tabs + 1);
    }
    this.#close(']', items.length, tabs);
  }

  #close(bracket: string, members: number, tabs: number): void {
    if (members > 0) {
      this.#line = this.#out.length;
      this.#break(tabs);
    }
    this.#out.push(bracket);
  }

  #break(tabs: number): void {
    const { prefix, indent } = this.#layout;
    this.#cost.checkText(indent.length * tabs);
    this.#out.push('\n', prefix, indent.repeat(tabs));
  }

  #fits(place: ValueIndex): boolean {
    const room = this.#layout.width - (this.#out.length - this.#line);
    return this.#layout.width > 0 && room > 3 && this.#flatLength(place) <= room;
  }

  /** The length of an array on one line; Infinity if it contains an object. Each array is measured once. */
  #flatLength(place: ValueIndex): number {
    const known = this.#flat.get(place);
    if (known !== undefined) return known;
    this.#cost.enter();
    let length = 2;
    for (const item of this.#document.items(place)) length += (item === place + 1 ? 0 : 2) + this.#flatItem(item);
    this.#cost.leave();
    this.#flat.set(place, length);
    return length;
  }

  #flatItem(place: ValueIndex): number {
    this.#cost.spend(1);
    const kind = this.#document.kind(place);
    if (kind === 'object') return Infinity;
    return kind === 'array' ? this.#flatLength(place) : this.#document.end(place) - this.#document.start(place);
  }

  #oneLine(place: ValueIndex): void {
    this.#cost.enter();
    this.#out.push('[');
    for (const item of this.#document.items(place)) {
      if (item > place + 1) this.#out.push(', ');
      if (this.#document.kind(item) === 'array') this.#oneLine(item);
      else this.#out.push(this.#document.raw(item));
    }
    this.#out.push(']');
    this.#cost.leave();
  }

  /** Sorted by name. Members with the same name keep their order. */
  #sorted(place: ValueIndex): ValueIndex[] {
    const names = [...this.#document.names(place)];
    for (const name of names) this.#cost.spend(1 + this.#document.stringCost(name));
    const named = names.map((name) => [this.#document.string(name), name] as const);
    return named.toSorted(([left], [right]) => (left < right ? -1 : Number(left > right))).map(([, name]) => name);
  }
}
