/** A parsed JSON text without copies of its values: a value is a position in the text. Pure. */
import { unquote } from './string.ts';
import { OPEN_ARRAY, OPEN_OBJECT, scan, WIDTH, type ValueTable } from './scan.ts';

/** The index of a value in its document. */
export type ValueIndex = number;

export type Kind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null';

const KINDS: Readonly<Record<string, Kind>> = { '{': 'object', '[': 'array', '"': 'string', t: 'true', f: 'false', n: 'null' };

/** For an object with this number of members or more, a table of names is made once. */
const TABLE_FROM = 16;

/** Strings below this length cost one step, like every value. */
const SHORT = 32;
const ESCAPED_BYTES_PER_STEP = 4;
const BYTES_PER_STEP = 64;

type Table = ReadonlyMap<string, readonly ValueIndex[]>;

export class JsonDocument {
  /** One character for each byte. */
  readonly text: string;
  readonly #table: ValueTable;
  readonly #tables = new Map<ValueIndex, Table | 'asked'>();

  private constructor(text: string, table: ValueTable) {
    this.text = text;
    this.#table = table;
  }

  /** Undefined when the text is neither JSON nor a sequence of JSON texts. */
  static parse(text: string): JsonDocument | undefined {
    const table = scan(text);
    return table === undefined ? undefined : new JsonDocument(text, table);
  }

  get roots(): number {
    return this.#table.roots;
  }

  kind(place: ValueIndex): Kind {
    return KINDS[this.text.charAt(this.start(place))] ?? 'number';
  }

  isObject(place: ValueIndex): boolean {
    return this.text.charCodeAt(this.start(place)) === OPEN_OBJECT;
  }

  isContainer(place: ValueIndex): boolean {
    const first = this.text.charCodeAt(this.start(place));
    return first === OPEN_OBJECT || first === OPEN_ARRAY;
  }

  start(place: ValueIndex): number {
    return this.#table.cells[place * WIDTH] ?? 0;
  }

  end(place: ValueIndex): number {
    return this.#table.cells[place * WIDTH + 1] ?? 0;
  }

  /** The value after this one and all values inside it. */
  after(place: ValueIndex): ValueIndex {
    return this.#table.cells[place * WIDTH + 2] ?? this.#table.count;
  }

  /** Number of values inside this one, at any depth. */
  inside(place: ValueIndex): number {
    return this.after(place) - place - 1;
  }

  /** The text of the value, unchanged. */
  raw(place: ValueIndex): string {
    return this.text.slice(this.start(place), this.end(place));
  }

  /** The content of a string. */
  string(place: ValueIndex): string {
    return unquote(this.raw(place));
  }

  *rootPlaces(): Generator<ValueIndex> {
    for (let place = 0; place < this.#table.count; place = this.after(place)) yield place;
  }

  *items(array: ValueIndex): Generator<ValueIndex> {
    const end = this.after(array);
    for (let place = array + 1; place < end; place = this.after(place)) yield place;
  }

  /** Positions of the names of an object's members, in the order of the text. The value of a member is the next position. */
  *names(object: ValueIndex): Generator<ValueIndex> {
    const end = this.after(object);
    for (let name = object + 1; name < end; name = this.after(name + 1)) yield name;
  }

  /** Further steps to read the content of a string. Escapes are read one by one. */
  stringCost(place: ValueIndex): number {
    const length = this.end(place) - this.start(place);
    if (length < SHORT) return 0;
    return this.raw(place).includes('\\') ? Math.ceil(length / ESCAPED_BYTES_PER_STEP) : Math.ceil(length / BYTES_PER_STEP);
  }

  /** The values of all members with this name, in the order of the text; duplicates are valid. `spend` gets the number of steps. */
  membersNamed(object: ValueIndex, name: string, spend: (steps: number) => void): readonly ValueIndex[] {
    const table = this.#tables.get(object);
    if (table !== undefined) return (table === 'asked' ? this.#tableOf(object, spend) : table).get(name) ?? [];
    const found: ValueIndex[] = [];
    let count = 0;
    const end = this.after(object);
    for (let place = object + 1; place < end; place = this.after(place + 1)) {
      count += 1;
      spend(1 + this.stringCost(place));
      if (this.#isString(place, name)) found.push(place + 1);
    }
    // The second search makes the table.
    if (count >= TABLE_FROM) this.#tables.set(object, 'asked');
    return found;
  }

  #tableOf(object: ValueIndex, spend: (steps: number) => void): Table {
    const table = new Map<string, ValueIndex[]>();
    for (const place of this.names(object)) {
      spend(1 + this.stringCost(place));
      const key = this.string(place);
      const same = table.get(key);
      if (same === undefined) table.set(key, [place + 1]);
      else same.push(place + 1);
    }
    this.#tables.set(object, table);
    return table;
  }

  #isString(place: ValueIndex, content: string): boolean {
    const start = this.start(place) + 1;
    const length = this.end(place) - start - 1;
    // A text with escapes is longer than its content.
    if (length < content.length) return false;
    if (length === content.length && !content.includes('\\')) return this.text.startsWith(content, start);
    const raw = this.raw(place);
    return raw.includes('\\') && unquote(raw) === content;
  }
}
