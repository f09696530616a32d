// Parses the part of PromQL that the chart's alerts use. Unknown syntax is an error, so that no alert is misread.
// https://prometheus.io/docs/prometheus/latest/querying/basics

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'selector'; readonly name: string; readonly matchers: readonly Matcher[]; readonly rangeMs?: number }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'aggregate'; readonly operator: 'sum' | 'max'; readonly by: readonly string[]; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Operator = 'or' | '>' | '==' | '/';

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)(?![\w.])|([A-Za-z_:][\w:]*)|"([^"\\]*)"|(\[\d+[smh]\])|(=~|!~|!=|==|[{}()>=,/]))/y;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** From the loosest to the tightest. */
const LEVELS: readonly (readonly Operator[])[] = [['or'], ['>', '=='], ['/']];

export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new SyntaxError(`no duration: ${text}`);
  return Number(count) * factor;
}

interface Token {
  readonly kind: 'number' | 'word' | 'text' | 'range' | 'sign';
  readonly text: string;
}

export function parse(source: string): Expression {
  const parser = new Parser(tokensOf(source));
  const parsed = parser.expression(0);
  parser.end();
  return parsed;
}

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const text = source.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new SyntaxError(`not understood: ${text.slice(from, from + 20)}`);
    const kinds = ['number', 'word', 'text', 'range', 'sign'] as const;
    const index = kinds.findIndex((_, place) => found[place + 1] !== undefined);
    tokens.push({ kind: kinds[index] ?? 'sign', text: found[index + 1] ?? '' });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.expression(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.#next?.text === one && this.#next.kind !== 'text');
      if (operator === undefined) return left;
      this.#at += 1;
      left = { kind: 'binary', operator, left, right: this.expression(level + 1) };
    }
  }

  end(): void {
    if (this.#next !== undefined) throw new SyntaxError(`not understood: ${this.#next.text}`);
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #unary(): Expression {
    const token = this.#take();
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'sign' && token.text === '(') return this.#closed(() => this.expression(0));
    if (token.kind !== 'word') throw new SyntaxError(`not understood: ${token.text}`);
    if (token.text === 'sum' || token.text === 'max') return this.#aggregate(token.text);
    return this.#is('(') ? this.#call(token.text) : this.#selector(token.text);
  }

  #aggregate(operator: 'sum' | 'max'): Expression {
    const by: string[] = [];
    if (this.#is('by')) {
      this.#at += 1;
      this.#expect('(');
      by.push(...this.#list(() => this.#take().text));
    }
    this.#expect('(');
    return { kind: 'aggregate', operator, by, of: this.#closed(() => this.expression(0)) };
  }

  #call(name: string): Expression {
    this.#expect('(');
    return { kind: 'call', name, arguments: this.#list(() => this.expression(0)) };
  }

  #selector(name: string): Expression {
    const matchers: Matcher[] = [];
    if (this.#is('{')) {
      this.#at += 1;
      while (!this.#is('}')) {
        matchers.push(this.#matcher());
        if (this.#is(',')) this.#at += 1;
      }
      this.#expect('}');
    }
    if (this.#next?.kind !== 'range') return { kind: 'selector', name, matchers };
    return { kind: 'selector', name, matchers, rangeMs: durationMs(this.#take().text.slice(1, -1)) };
  }

  #matcher(): Matcher {
    const label = this.#take().text;
    const operator = this.#take().text;
    const value = this.#take();
    if ((operator !== '=' && operator !== '!=' && operator !== '=~' && operator !== '!~') || value.kind !== 'text') {
      throw new SyntaxError(`no matcher: ${label}`);
    }
    return { label, operator, value: value.text };
  }

  /** What is in parentheses that are open already, separated by commas. */
  #list<T>(item: () => T): readonly T[] {
    const items = [item()];
    while (this.#is(',')) {
      this.#at += 1;
      items.push(item());
    }
    this.#expect(')');
    return items;
  }

  #closed<T>(inner: () => T): T {
    const found = inner();
    this.#expect(')');
    return found;
  }

  #is(text: string): boolean {
    return this.#next?.text === text && this.#next.kind !== 'text';
  }

  #expect(text: string): void {
    if (!this.#is(text)) throw new SyntaxError(`"${text}" is missing before ${this.#next?.text ?? 'the end'}`);
    this.#at += 1;
  }

  #take(): Token {
    const token = this.#next;
    if (token === undefined) throw new SyntaxError('it ends too early');
    this.#at += 1;
    return token;
  }
}
