/** Queries on the elements of an array: `#(age>=45)`, `#(name%"D*")#`, `#(nested.#(x=="y"))`. Pure. */
import { unquote } from '../json/string.ts';
import { afterString } from './brackets.ts';
import type { Cost } from './cost.ts';
import { kindOf, type Found } from './value.ts';
import { Pattern } from './wildcard.ts';

export interface Query {
  readonly path: string;
  /** '' asks whether the path leads to anything. */
  readonly operator: string;
  readonly operand: string;
  /** The operand as a number, and as a pattern where the operator asks for one. */
  readonly number: number;
  readonly pattern?: Pattern;
}

/** What a query that has no end asks. */
export const UNFINISHED: Query = { path: '', operator: '', operand: '', number: 0 };

/** The query whose `#(` or `#[` begins the text, and the offset after its closing bracket; undefined where it has none. */
export function parseQuery(text: string): { readonly query: Query; readonly end: number } | undefined {
  let depth = 1;
  let operatorAt = 0;
  let at = 2;
  let hasEscape = false;
  for (;;) {
    if (at >= text.length) return undefined;
    const character = text.charAt(at);
    if (depth === 1 && operatorAt === 0 && '!=<>%'.includes(character)) {
      operatorAt = at;
      at += 1;
    } else if (character === '"') {
      const end = afterString(text, at);
      hasEscape ||= text.slice(at, end).includes('\\');
      at = end;
    } else {
      if (character === '[' || character === '(') depth += 1;
      else if (character === ']' || character === ')') depth -= 1;
      if (depth === 0) break;
      at += character === '\\' ? 2 : 1;
    }
  }
  const query = operatorAt === 0 ? { ...UNFINISHED, path: trim(text.slice(2, at)) } : compared(text, operatorAt, at, hasEscape);
  return { query, end: at + 1 };
}

function compared(text: string, operatorAt: number, end: number, hasEscape: boolean): Query {
  const rest = trim(text.slice(operatorAt, end));
  const written = /^(?:!=|!%|<=|>=|==|[<>=%])/.exec(rest)?.[0] ?? (rest.length === 1 ? rest : '');
  const given = trim(rest.slice(written.length));
  const operand = /^".*"$/s.test(given) ? unquoted(given, hasEscape) : given;
  return {
    path: trim(text.slice(2, operatorAt)),
    operator: written === '==' ? '=' : written,
    operand,
    number: numberOf(operand),
    ...(written.endsWith('%') ? { pattern: new Pattern(operand) } : {}),
  };
}

function unquoted(operand: string, hasEscape: boolean): string {
  return hasEscape ? unquote(operand) : operand.slice(1, -1);
}

/** Spaces and control characters off both ends. */
function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) <= 0x20) from += 1;
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to -= 1;
  return text.slice(from, to);
}

/** Whether what the query's path led to is as the query asks. */
export function queryMatches(query: Query, found: Found, cost: Cost): boolean {
  const { operator, operand } = query;
  if (kindOf(found) === 'string') cost.spend(found?.document.stringCost(found.place) ?? 0);
  if (operand.startsWith('~')) {
    const truth = truthOf(operand.slice(1), found);
    return truth !== undefined && (operator === '' || compareTruth(operator, truth, 'true'));
  }
  if (found === undefined) return false;
  if (operator === '') return true;
  const kind = kindOf(found);
  if (kind === 'string') return compareStrings(query, found.document.string(found.place), cost);
  if (kind === 'number') return ordered(operator, Number(found.document.raw(found.place)), query.number);
  return (kind === 'true' || kind === 'false') && compareTruth(operator, kind === 'true', operand);
}

/** `~true`, `~false`, `~null` and `~*` compare by what the value amounts to, also where there is none. */
function truthOf(word: string, found: Found): boolean | undefined {
  const kind = kindOf(found);
  switch (word) {
    case '*':
      return found !== undefined;
    case 'null':
      return kind === undefined || kind === 'null';
    case 'true':
      return amountsTo(found) === true;
    case 'false':
      return kind === undefined || kind === 'null' || amountsTo(found) === false;
    default:
      return undefined;
  }
}

/** The truth of a boolean, a number or a word for one; undefined for anything else. */
export function amountsTo(found: Found): boolean | undefined {
  const kind = kindOf(found);
  if (found === undefined || kind === 'array' || kind === 'object') return undefined;
  if (kind === 'number') return Number(found.document.raw(found.place)) !== 0;
  return WORDS.get(kind === 'string' ? found.document.string(found.place).toLowerCase() : found.document.raw(found.place));
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['t', true],
  ['true', true],
  ['0', false],
  ['f', false],
  ['false', false],
]);

/** An operand as Go's strconv.ParseFloat reads it: 0 where it is not a number. */
function numberOf(operand: string): number {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(operand)) return Number(operand);
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(operand);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  return /^nan$/i.test(operand) ? Number.NaN : 0;
}

function compareStrings({ operator, operand, pattern }: Query, text: string, cost: Cost): boolean {
  if (pattern === undefined) return ordered(operator, text, operand);
  return pattern.matches(text, cost) === (operator === '%');
}

/** Strings have one character for each byte, so that their order is that of the bytes. */
function ordered<T extends string | number>(operator: string, left: T, right: T): boolean {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return false;
  }
}

/** false is less than true; anything but these two words is neither. */
function compareTruth(operator: string, truth: boolean, operand: string): boolean {
  switch (operator) {
    case '=':
      return operand === String(truth);
    case '!=':
      return operand !== String(truth);
    case truth ? '>' : '<':
      return operand === String(!truth);
    case truth ? '>=' : '<=':
      return true;
    default:
      return false;
  }
}
