/** The modifiers of gjson, each a function of one value and an argument. Pure. */
import type { JsonDocument, ValueIndex } from '../json/document.ts';
import { quote } from '../json/string.ts';
import type { Cost } from './cost.ts';
import type { Evaluation } from './evaluation.ts';
import type { ModifierName } from './modifier-names.ts';
import { optionsOf } from './options.ts';
import { pretty } from './pretty.ts';
import { amountsTo } from './query.ts';
import { ugly } from './ugly.ts';
import { contentOf, inputOf, inside, kindOf, made, Pieces, rawOf, type Found } from './value.ts';

const VALUES_PER_STEP = 4;

export function modify(name: ModifierName, value: Found, argument: string, evaluation: Evaluation): Found {
  // A modifier reads the values inside, whatever its result.
  if (value !== undefined && name !== 'this') evaluation.cost.spend(Math.ceil(value.document.inside(value.place) / VALUES_PER_STEP));
  return MODIFIERS[name](value, argument, evaluation);
}

type Modifier = (value: Found, argument: string, evaluation: Evaluation) => Found;

const MODIFIERS: Readonly<Record<ModifierName, Modifier>> = {
  this: (value) => value,
  valid: (value) => (isOneText(value) ? value : undefined),
  ugly: (value, _argument, { cost }) => made(ugly(inputOf(value), cost), cost),
  pretty: (value, argument, { cost }) => (value === undefined ? undefined : made(pretty(value, argument, cost), cost)),
  tostr: (value, _argument, { cost }) => made(quote(inputOf(value)), cost),
  fromstr,
  reverse,
  flatten,
  join,
  keys,
  values,
  group,
  dig,
};

function isOneText(value: Found): boolean {
  return value !== undefined && (!value.whole || value.document.roots === 1);
}

function fromstr(value: Found, _argument: string, { cost }: Evaluation): Found {
  if (value === undefined || !isOneText(value)) return undefined;
  if (kindOf(value) === 'string') cost.spend(value.document.stringCost(value.place));
  return made(contentOf(value), cost);
}

function reverse(value: Found, _argument: string, { cost }: Evaluation): Found {
  const kind = kindOf(value);
  if (value === undefined || (kind !== 'array' && kind !== 'object')) return value;
  const { document, place } = value;
  const pieces =
    kind === 'array'
      ? [...document.items(place)].map((item) => document.raw(item))
      : [...document.names(place)].map((name) => `${document.raw(name)}:${document.raw(name + 1)}`);
  cost.spend(pieces.length);
  return enclosed(kind, pieces.toReversed().join(','), cost);
}

function enclosed(kind: 'array' | 'object', content: string, cost: Cost): Found {
  return made(kind === 'array' ? `[${content}]` : `{${content}}`, cost);
}

function flatten(value: Found, argument: string, { cost }: Evaluation): Found {
  if (value === undefined || kindOf(value) !== 'array') return value;
  const isDeep = amountsTo(optionsOf(argument).get('deep')) === true;
  const { document, place } = value;
  const pieces = new Pieces(cost);
  for (const item of isDeep ? leavesOf(document, place) : document.items(place)) {
    const isList = document.kind(item) === 'array';
    const raw = isList ? document.raw(item).slice(1, -1).trim() : document.raw(item);
    if (raw !== '') pieces.push(raw);
  }
  return enclosed('array', pieces.join(','), cost);
}

/** All elements of an array and of the arrays inside it, without these arrays. */
function* leavesOf(document: JsonDocument, array: ValueIndex): Generator<ValueIndex> {
  const end = document.after(array);
  for (let place = array + 1; place < end;) {
    const isList = document.kind(place) === 'array';
    if (!isList) yield place;
    place = isList ? place + 1 : document.after(place);
  }
}

function join(value: Found, argument: string, { cost }: Evaluation): Found {
  if (value === undefined || kindOf(value) !== 'array') return value;
  const { document, place } = value;
  const objects = [...document.items(place)].filter((item) => document.kind(item) === 'object');
  cost.spend(objects.length);
  const keepsDuplicates = amountsTo(optionsOf(argument).get('preserve')) === true;
  const members = keepsDuplicates ? objects.map((object) => document.raw(object).slice(1, -1)) : distinctMembers(document, objects, cost);
  return enclosed('object', members.filter((member) => member.trim() !== '').join(','), cost);
}

/** With duplicate names, the first member gives the position and the last one the value. */
function distinctMembers(document: JsonDocument, objects: readonly ValueIndex[], cost: Cost): readonly string[] {
  const members = new Map<string, readonly [name: string, value: string]>();
  for (const name of objects.flatMap((object) => [...document.names(object)])) {
    cost.spend(1 + document.stringCost(name));
    const key = document.string(name);
    members.set(key, [members.get(key)?.[0] ?? document.raw(name), document.raw(name + 1)]);
  }
  return [...members.values()].map((member) => member.join(':'));
}

function keys(value: Found, _argument: string, { cost }: Evaluation): Found {
  if (value === undefined) return made('[]', cost);
  const { document, place } = value;
  const kind = kindOf(value);
  if (kind === 'object') return enclosed('array', [...document.names(place)].map((name) => document.raw(name)).join(','), cost);
  const count = kind === 'array' ? [...document.items(place)].length : 1;
  return enclosed('array', Array<string>(count).fill('null').join(','), cost);
}

function values(value: Found, _argument: string, { cost }: Evaluation): Found {
  if (value === undefined) return made('[]', cost);
  const { document, place } = value;
  const kind = kindOf(value);
  if (kind === 'array') return value;
  const members = kind === 'object' ? [...document.names(place)].map((name) => document.raw(name + 1)) : [rawOf(value)];
  return enclosed('array', members.join(','), cost);
}

/** Converts an object of arrays to an array of objects. */
function group(value: Found, _argument: string, { cost }: Evaluation): Found {
  if (value === undefined || kindOf(value) !== 'object') return undefined;
  const { document, place } = value;
  const rows: string[][] = [];
  let length = 0;
  for (const name of document.names(place)) {
    if (document.kind(name + 1) !== 'array') continue;
    let index = 0;
    for (const item of document.items(name + 1)) {
      cost.spend(1);
      const member = `${document.raw(name)}:${document.raw(item)}`;
      length += member.length;
      cost.checkText(length);
      const row = rows[index];
      if (row === undefined) rows.push([member]);
      else row.push(member);
      index += 1;
    }
  }
  return enclosed('array', rows.map((row) => `{${row.join(',')}}`).join(','), cost);
}

/** Applies the path to the value and to each nested value. */
function dig(value: Found, argument: string, evaluation: Evaluation): Found {
  const pieces = new Pieces(evaluation.cost);
  for (const start of startsOf(value)) {
    const found = evaluation.get(start, argument);
    if (found !== undefined) pieces.push(rawOf(found));
  }
  return enclosed('array', pieces.join(','), evaluation.cost);
}

/** The value and all nested values. A value comes before the values inside it. */
function* startsOf(value: Found): Generator<Found> {
  yield value;
  if (value === undefined) return;
  const { document, place } = value;
  const open: Iterator<ValueIndex>[] = [valuesIn(document, place)];
  for (let values = open.at(-1); values !== undefined; values = open.at(-1)) {
    const next = values.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    yield inside(document, next.value);
    if (document.isContainer(next.value)) open.push(valuesIn(document, next.value));
  }
}

/** The direct values of a container. Empty for any other value. */
function* valuesIn(document: JsonDocument, place: ValueIndex): Generator<ValueIndex> {
  const kind = document.kind(place);
  if (kind === 'array') yield* document.items(place);
  if (kind === 'object') for (const name of document.names(place)) yield name + 1;
}
