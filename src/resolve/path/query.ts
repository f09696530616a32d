/** Queries on the elements of an array: `#(age>=45)`, `#(name%"D*")#`, `#(nested.#(x=="y"))`. Pure. */
import { unquote } from '../json/string.ts';
import { afterString } from './brackets.ts';
import type { Cost } from './cost.ts';
import { kindOf, type Found, type PathValue } from './value.ts';
import { Pattern } from './pattern.ts';

export interface Query {
  readonly path: string;
  /** '' checks whether the path has a result. */
  readonly operator: string;
  readonly operand: string;
  /** The operand as a number, and as a pattern for operators with patterns. */
  readonly number: number;
  readonly pattern?: Pattern;
}

/** The query for a text without a closing bracket. */
export const UNFINISHED: Query = { path: '', operator: '', operand: '', number: 0 };

/** The query whose `#(` or `#[` begins the text, and the offset after its closing bracket; undefined without a closing bracket. */
export function parseQuery(text: string): { readonly query: Query; readonly end: number } | undefined {
  const scan: QueryScan = { depth: 1, operatorAt: 0, hasEscape: false };
  let at = 2;
  while (at < text.length && scan.depth > 0) at = scanned(text, at, scan);
  if (scan.depth > 0) return undefined;
  const { operatorAt, hasEscape } = scan;
  const query = operatorAt === 0 ? { ...UNFINISHED, path: trim(text.slice(2, at - 1)) } : compared(text, operatorAt, at - 1, hasEscape);
  return { query, end: at };
}

interface QueryScan {
  /** Number of open brackets. */
  depth: number;
  /** 0 if no operator has been found. */
  operatorAt: number;
  /** Whether a string contains a backslash. */
  hasEscape: boolean;
}

/** Reads one character or one string. Returns the next offset. */
function scanned(text: string, at: number, scan: QueryScan): number {
  const character = text.charAt(at);
  if (scan.depth === 1 && scan.operatorAt === 0 && '!=<>%'.includes(character)) {
    scan.operatorAt = at;
    return at + 1;
  }
  if (character === '"') {
    const end = afterString(text, at);
    scan.hasEscape ||= text.slice(at, end).includes('\\');
    return end;
  }
  if ('[('.includes(character)) scan.depth += 1;
  else if ('])'.includes(character)) scan.depth -= 1;
  return at + (character === '\\' ? 2 : 1);
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

/** Removes spaces and control characters at both ends. */
function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) <= 0x20) from += 1;
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to -= 1;
  return text.slice(from, to);
}

/** Whether the result of the query's path matches the query. */
export function queryMatches(query: Query, found: Found, cost: Cost): boolean {
  const { operator, operand } = query;
  if (kindOf(found) === 'string') cost.spend(found?.document.stringCost(found.place) ?? 0);
  if (operand.startsWith('~')) {
    const truth = truthOf(operand.slice(1), found);
    return truth !== undefined && (operator === '' || compareTruth(operator, truth, 'true'));
  }
  return found !== undefined && (operator === '' || compareValue(query, found, cost));
}

/** Compares strings, numbers and booleans with the operand. Other values do not match. */
function compareValue(query: Query, { document, place }: PathValue, cost: Cost): boolean {
  const { operator, operand } = query;
  const kind = document.kind(place);
  switch (kind) {
    case 'string':
      return compareStrings(query, document.string(place), cost);
    case 'number':
      return ordered(operator, Number(document.raw(place)), query.number);
    case 'true':
    case 'false':
      return compareTruth(operator, kind === 'true', operand);
    case 'null':
    case 'array':
    case 'object':
      return false;
    default:
      return kind satisfies never;
  }
}

/** `~true`, `~false`, `~null` and `~*` compare by the truth of the value, also without a value. */
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

/** The truth of a boolean, a number, or a text with one of these; undefined for other values. */
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

/** An operand as Go's strconv.ParseFloat reads it: 0 if it is not a number. */
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

/** Strings have one character for each byte, so they are compared by bytes. */
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

/** false is less than true. Other operands are neither. */
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
