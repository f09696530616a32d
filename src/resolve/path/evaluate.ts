/**
 * Evaluates a path like `gjson.Get` of version 1.18.0, which external-secrets.io uses for `property`. The first member with a result is
 * used, and a pipe applies to the result of all components before it. Every step has a cost. Pure.
 */
import { assertNever } from '../../base/assert-never.ts';
import type { JsonDocument, ValueIndex } from '../json/document.ts';
import { splitAtPipe } from './brackets.ts';
import { elementComponent, memberComponent, type ElementComponent, type MemberComponent } from './component.ts';
import type { Cost } from './cost.ts';
import type { Evaluation } from './evaluation.ts';
import { queryMatches, type Query } from './query.ts';
import { stageOf } from './stage.ts';
import { inside, made, Pieces, rawOf, type Found, type PathValue } from './value.ts';

/** `found` and `pipe` stay when a search continues with another member, as in gjson. */
interface Search {
  found: Found;
  pipe: string | undefined;
}

/** Number of elements that are skipped for one step of the cost. */
const COUNTED_PER_STEP = 4;

export class PathEvaluator implements Evaluation {
  readonly cost: Cost;
  readonly #members = new Map<string, MemberComponent>();
  readonly #elements = new Map<string, ElementComponent>();

  constructor(cost: Cost) {
    this.cost = cost;
  }

  /** The result of `path` from `start`. Throws CostExceeded. */
  get(start: Found, path: string): Found {
    this.cost.enter();
    const found = this.#stages(start, path);
    this.cost.leave();
    return found;
  }

  #stages(start: Found, path: string): Found {
    let value = start;
    let rest = path;
    for (;;) {
      this.cost.spendPath(rest);
      const stage = rest.length > 1 ? stageOf(value, rest, this) : undefined;
      if (stage?.done === true) {
        if (stage.rest === undefined) return stage.value;
        ({ value, rest } = { value: stage.value, rest: stage.rest });
        continue;
      }
      const search = this.#search(value, stage?.rest ?? rest);
      if (search.pipe === undefined) return search.found;
      ({ value, rest } = { value: search.found, rest: search.pipe });
    }
  }

  #search(value: Found, path: string): Search {
    const search: Search = { found: undefined, pipe: undefined };
    if (path.startsWith('..')) this.#inElements(search, value, linesOf(value), path.slice(2));
    else if (value !== undefined) this.#into(search, value, path);
    return search;
  }

  /** True if the search is over. */
  #into(search: Search, value: PathValue, path: string): boolean {
    const { document, place } = value;
    if (!document.isContainer(place)) return false;
    this.cost.enter();
    const isOver = document.isObject(place)
      ? this.#inMembers(search, value, path)
      : this.#inElements(search, value, document.items(place), path);
    this.cost.leave();
    return isOver;
  }

  #inMembers(search: Search, { document, place }: PathValue, path: string): boolean {
    const component = this.#memberComponent(path);
    if (component.pipe !== undefined) search.pipe = component.pipe;
    if (component.pattern === undefined) {
      const members = document.membersNamed(place, component.name, (steps) => this.cost.spend(steps));
      return members.some((member) => this.#atMember(search, document, member, component));
    }
    const end = document.after(place);
    for (let name = place + 1; name < end; name = document.after(name + 1)) {
      this.cost.spend(1 + document.stringCost(name));
      const matches = component.pattern.matches(document.string(name), this.cost);
      if (matches && this.#atMember(search, document, name + 1, component)) return true;
    }
    return false;
  }

  #atMember(search: Search, document: JsonDocument, member: ValueIndex, { next }: MemberComponent): boolean {
    this.cost.spend(1);
    if (next !== undefined) return this.#into(search, inside(document, member), next);
    search.found = inside(document, member);
    return true;
  }

  #inElements(search: Search, array: Found, items: Iterable<ValueIndex>, path: string): boolean {
    const component = this.#elementComponent(path);
    if (component.pipe !== undefined) search.pipe = component.pipe;
    switch (component.kind) {
      case 'index':
        return this.#atIndex(search, array, items, component);
      case 'count':
        search.found = made(String(this.#count(items)), this.cost);
        return true;
      case 'each':
        return this.#inEach(search, array, items, component.next ?? '');
      case 'query':
        return component.query !== undefined && this.#query(search, array, items, component, component.query);
      case 'none':
        return false;
      default:
        return assertNever(component.kind);
    }
  }

  #atIndex(search: Search, array: Found, items: Iterable<ValueIndex>, { index, next }: ElementComponent): boolean {
    let at = 0;
    for (const place of items) {
      if (at % COUNTED_PER_STEP === 0) this.cost.spend(1);
      if (at === index && array !== undefined) {
        const element = inside(array.document, place);
        if (next !== undefined) return this.#into(search, element, next);
        search.found = element;
        return true;
      }
      at += 1;
    }
    return false;
  }

  #count(items: Iterable<ValueIndex>): number {
    let count = 0;
    for (const _ of items) {
      count += 1;
      if (count % COUNTED_PER_STEP === 0) this.cost.spend(1);
    }
    return count;
  }

  #inEach(search: Search, array: Found, items: Iterable<ValueIndex>, path: string): boolean {
    this.cost.spendPath(path);
    const [left, right] = splitAtPipe(path) ?? [path, undefined];
    if (right !== undefined) search.pipe = right;
    const pieces = new Pieces(this.cost);
    for (const place of items) {
      const found = array === undefined ? undefined : this.get(inside(array.document, place), left);
      if (found !== undefined) pieces.push(rawOf(found));
    }
    search.found = made(`[${pieces.join(',')}]`, this.cost);
    return true;
  }

  #query(search: Search, array: Found, items: Iterable<ValueIndex>, { next, all }: ElementComponent, query: Query): boolean {
    this.cost.spendPath(next ?? '');
    const [left, right] = splitAtPipe(next ?? '') ?? [next, undefined];
    const pieces = new Pieces(this.cost);
    for (const element of this.#matching(array, items, query)) {
      if (right !== undefined) search.pipe = right;
      const found = this.#from(element, left);
      if (all !== true) {
        search.found = found;
        return true;
      }
      if (found !== undefined) pieces.push(rawOf(found));
    }
    if (all === true && search.found === undefined) search.found = made(`[${pieces.join(',')}]`, this.cost);
    return false;
  }

  #from(element: PathValue, path: string | undefined): Found {
    return path === undefined ? element : this.get(element, path);
  }

  /** The elements of the array that match the query. */
  *#matching(array: Found, items: Iterable<ValueIndex>, query: Query): Generator<PathValue> {
    if (array === undefined) return;
    for (const place of items) if (this.#matches(array, place, query)) yield inside(array.document, place);
  }

  #matches({ document }: PathValue, place: ValueIndex, query: Query): boolean {
    this.cost.spend(1);
    const element = inside(document, place);
    if (document.isContainer(place)) return queryMatches(query, this.get(element, query.path), this.cost);
    return query.path === '' && queryMatches(query, element, this.cost);
  }

  #memberComponent(path: string): MemberComponent {
    const known = this.#members.get(path);
    if (known !== undefined) return known;
    const component = memberComponent(path);
    this.#members.set(path, component);
    return component;
  }

  #elementComponent(path: string): ElementComponent {
    const known = this.#elements.get(path);
    if (known !== undefined) return known;
    const component = elementComponent(path);
    this.#elements.set(path, component);
    return component;
  }
}

/** The JSON texts of a sequence (JSON lines). Any other value is a sequence of one. */
function linesOf(value: Found): Iterable<ValueIndex> {
  if (value === undefined) return [];
  return value.whole ? value.document.rootPlaces() : [value.place];
}
