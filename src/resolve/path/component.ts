/**
 * One component of a path, as https://github.com/tidwall/gjson/blob/v1.18.0/SYNTAX.md defines it. Its meaning depends on the value: `#` and
 * indexes apply to arrays only, escapes and wildcards to objects only. Pure.
 */
import { isModifier } from './modifier-names.ts';
import { parseQuery, UNFINISHED, type Query } from './query.ts';
import { Pattern } from './pattern.ts';

/** The part after the component. With neither field the component is the last one. */
export interface Rest {
  /** A path into the result of the component. */
  readonly next?: string;
  /** A path that is applied to the result of all components before it. */
  readonly pipe?: string;
}

export interface MemberComponent extends Rest {
  readonly name: string;
  readonly pattern?: Pattern;
}

export interface ElementComponent extends Rest {
  /** -1 if the component is not an index. */
  readonly index: number;
  readonly kind: 'index' | 'count' | 'each' | 'query' | 'none';
  readonly query?: Query;
  /** All matching elements instead of the first one. */
  readonly all?: boolean;
}

export function memberComponent(path: string): MemberComponent {
  let name = '';
  let isPattern = false;
  let at = 0;
  for (; at < path.length; at += 1) {
    const character = path.charAt(at);
    if (character === '|' || character === '.') break;
    if (character === '\\') {
      at += 1;
      name += path.charAt(at);
      continue;
    }
    isPattern ||= character === '*' || character === '?';
    name += character;
  }
  return { name, ...(isPattern ? { pattern: new Pattern(name) } : {}), ...restAt(path, at, true) };
}

export function elementComponent(path: string): ElementComponent {
  if (path.startsWith('#(') || path.startsWith('#[')) return queryComponent(path);
  const end = /[.|]/.exec(path)?.index ?? path.length;
  const part = path.slice(0, end);
  const rest = restAt(path, end, !part.includes('#'));
  if (part === '#') return { index: -1, kind: rest.next === undefined ? 'count' : 'each', ...rest };
  return /^\d+$/.test(part) ? { index: Number(part), kind: 'index', ...rest } : { index: -1, kind: 'none', ...rest };
}

function queryComponent(path: string): ElementComponent {
  const parsed = parseQuery(path);
  if (parsed === undefined) return { index: -1, kind: 'query', query: UNFINISHED };
  const { query, end } = parsed;
  const after = path.slice(end);
  const length = /[.|]/.exec(after)?.index ?? after.length;
  return { index: -1, kind: 'query', query, all: after.startsWith('#'), ...restAt(after, length, false) };
}

/** `pipes`: whether a dot before a modifier or a selection counts as a pipe. */
function restAt(path: string, at: number, pipes: boolean): Rest {
  if (at >= path.length) return {};
  const rest = path.slice(at + 1);
  if (path.charAt(at) === '|') return { pipe: rest };
  return pipes && startsStage(rest) ? { pipe: rest } : { next: rest };
}

function startsStage(path: string): boolean {
  if (path.startsWith('[') || path.startsWith('{')) return true;
  return path.startsWith('@') && isModifier(path.slice(1).split(/[.|:]/, 1)[0] ?? '');
}
