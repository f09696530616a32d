/** Stages of a path that make a value: modifiers `@name:argument`, selections `[a,b]` and `{a,"x":b}`, literals `!…`. Pure. */
import { afterBrackets, afterGroup, afterString } from './brackets.ts';
import type { Evaluation } from './evaluation.ts';
import { isModifier } from './modifier-names.ts';
import { modify } from './modifiers.ts';
import { select, selectorsOf } from './selection.ts';
import { made, type Found } from './value.ts';

/** done: the value, and the path that is applied to it. Otherwise the path counts as a name; `rest` is the remaining path. */
export type Stage =
  { readonly done: true; readonly value: Found; readonly rest?: string } | { readonly done: false; readonly rest: string };

/** Undefined if the path does not begin with a stage. */
export function stageOf(value: Found, path: string, evaluation: Evaluation): Stage | undefined {
  switch (path.charAt(0)) {
    case '@':
      return modifierStage(value, path, evaluation);
    case '!':
      return literalStage(path, evaluation);
    case '[':
    case '{':
      return selectionStage(value, path, evaluation);
    default:
      return undefined;
  }
}

function done(value: Found, after: string): Stage {
  return after.startsWith('.') || after.startsWith('|') ? { done: true, value, rest: after.slice(1) } : { done: true, value };
}

function modifierStage(value: Found, path: string, evaluation: Evaluation): Stage | undefined {
  const nameEnd = /[:.|]/.exec(path)?.index ?? path.length;
  const name = path.slice(1, nameEnd);
  if (!isModifier(name)) return undefined;
  const from = path.charAt(nameEnd) === ':' ? nameEnd + 1 : nameEnd;
  const end = from > nameEnd ? argumentEnd(path, from) : from;
  return done(modify(name, value, path.slice(from, end), evaluation), path.slice(end));
}

/** A JSON argument ends with its last bracket or quotation mark, any other argument at the next pipe. */
function argumentEnd(path: string, from: number): number {
  if (/["[{]/.test(path.charAt(from))) return afterGroup(path, from);
  let at = from;
  while (at < path.length && path.charAt(at) !== '|') at = /["([{]/.test(path.charAt(at)) ? afterGroup(path, at) : at + 1;
  return Math.min(at, path.length);
}

function literalStage(path: string, { cost }: Evaluation): Stage | undefined {
  if (/^![-+\d"[{]/.test(path)) {
    // A literal ends with the brackets around it, even if its value ends earlier.
    const end = afterBrackets(path, 1);
    const valueEnd = path.charAt(1) === '"' ? Math.min(end, afterString(path, 1)) : end;
    return done(made(path.slice(1, valueEnd), cost), path.slice(end));
  }
  const end = /[.|]/.exec(path)?.index ?? path.length;
  const word = path.slice(1, end);
  return /^(?:true|false|null|nan|inf)$/i.test(word) ? done(made(word, cost), path.slice(end)) : undefined;
}

function selectionStage(value: Found, path: string, evaluation: Evaluation): Stage {
  const parsed = selectorsOf(path);
  if (parsed === undefined) return { done: false, rest: '' };
  const after = path.slice(parsed.end);
  if (after !== '' && !after.startsWith('.') && !after.startsWith('|')) return { done: false, rest: after };
  return done(select(value, parsed.selectors, path.startsWith('{'), evaluation), after);
}
