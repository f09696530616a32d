/** The search for a time at which a window of each of several sets is open, in steps of bounded work. Pure. */
import { parseWindow, windowAt, type Window, type WindowSpec } from '../../base/schedule/schedule-window.ts';
import { type Ms, ms } from '../../base/time/clock.ts';

/** Windows that one step looks at: each takes 50 to 170 µs, and twice as long at its first time. */
export const MAX_LOOKS = 10;
const DAY_MS = 86_400_000;
/** Windows that do not meet within this time are said to meet never: each date comes within it, except the 29th of February. */
export const HORIZON_MS = 366 * DAY_MS;
/** After this time it is tried again. */
const NEVER_MS = DAY_MS;

type Found = { readonly kind: 'open'; readonly opensAt: Ms; readonly until: Ms } | { readonly kind: 'never' };

/** Where the search stands. All sets before `at`, and the last `confirmed` sets at `at`, are checked. */
export interface WindowSearch {
  readonly from: Ms;
  readonly at: Ms;
  readonly confirmed: number;
  /** The set that is checked, and its next window. */
  readonly set: number;
  readonly window: number;
  /** When the next window of that set opens, of those that were checked at `at`. */
  readonly opensNext: number;
  /** When the first of the confirmed sets may close. */
  readonly until: number;
  readonly found?: Found;
}

/** The windows of one policy, parsed when they are first looked at. One that is not valid never opens. */
export class WindowSet {
  readonly id: number;
  readonly #specs: readonly WindowSpec[];
  readonly #parsed: (Window | undefined)[] = [];

  constructor(id: number, specs: readonly WindowSpec[]) {
    this.id = id;
    this.#specs = specs;
  }

  get size(): number {
    return this.#specs.length;
  }

  at(index: number): Window | undefined {
    const spec = this.#specs[index];
    if (spec !== undefined && index === this.#parsed.length) {
      const window = parseWindow(spec);
      this.#parsed.push(window.ok ? window.value : undefined);
    }
    return this.#parsed[index];
  }
}

type Sets = readonly WindowSet[];

export function newSearch(from: Ms): WindowSearch {
  return { from, at: from, confirmed: 0, set: 0, window: 0, opensNext: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
}

/** Whether the search says nothing about `now`. */
export function isOver({ from, found }: WindowSearch, now: Ms): boolean {
  if (now < from) return true;
  if (found === undefined) return false;
  return found.kind === 'open' ? now >= found.until : now >= from + NEVER_MS;
}

/** One step, of `MAX_LOOKS` windows at most. `sets` has at least one set. */
export function proceed(search: WindowSearch, sets: Sets): WindowSearch {
  let state = search;
  for (let used = 0; used < MAX_LOOKS && state.found === undefined; used += 1) state = checkOne(state, sets);
  return state;
}

function checkOne(state: WindowSearch, sets: Sets): WindowSearch {
  const set = sets[state.set];
  if (set === undefined || state.window >= set.size) return laterThan(state, state.opensNext);
  const window = set.at(state.window);
  const known = window === undefined ? undefined : windowAt(window, state.at);
  if (known?.isOpen === true) return confirmed(state, sets.length, known.closesAt);
  return { ...state, window: state.window + 1, opensNext: Math.min(state.opensNext, known?.opensNextAt ?? Number.POSITIVE_INFINITY) };
}

function confirmed(state: WindowSearch, count: number, closesAt: number): WindowSearch {
  const until = Math.min(state.until, closesAt);
  const next = {
    ...state,
    confirmed: state.confirmed + 1,
    set: (state.set + 1) % count,
    window: 0,
    opensNext: Number.POSITIVE_INFINITY,
    until,
  };
  return next.confirmed < count ? next : { ...next, found: { kind: 'open', opensAt: state.at, until: ms(until) } };
}

/** All windows of the set are closed until `at`. */
function laterThan(state: WindowSearch, at: number): WindowSearch {
  if (at > state.from + HORIZON_MS) return { ...state, found: { kind: 'never' } };
  return { ...newSearch(ms(at)), from: state.from, set: state.set };
}
