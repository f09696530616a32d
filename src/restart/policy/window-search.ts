/** The search for a time at which a window of each of several sets is open, in steps of bounded work. Pure. */
import { windowAt, type Window } from '../../base/schedule/schedule-window.ts';
import { type Ms, ms } from '../../base/time/clock.ts';

/** States of windows that one step computes: each takes 50 to 170 µs. */
export const MAX_STATES = 24;
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

type Sets = readonly (readonly Window[])[];

export function newSearch(from: Ms): WindowSearch {
  return { from, at: from, confirmed: 0, set: 0, window: 0, opensNext: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
}

/** Whether the search says nothing about `now`. */
export function isOver({ from, found }: WindowSearch, now: Ms): boolean {
  if (now < from) return true;
  if (found === undefined) return false;
  return found.kind === 'open' ? now >= found.until : now >= from + NEVER_MS;
}

/** One step, of `MAX_STATES` states of windows at most. `sets` has at least one set. */
export function proceed(search: WindowSearch, sets: Sets): WindowSearch {
  let state = search;
  // A set without a valid window needs no state of a window, and ends the search.
  for (let used = 0; used < MAX_STATES && state.found === undefined; used += 1) state = checkOne(state, sets);
  return state;
}

function checkOne(state: WindowSearch, sets: Sets): WindowSearch {
  const window = sets[state.set]?.[state.window];
  if (window === undefined) return laterThan(state, state.opensNext);
  const known = windowAt(window, state.at);
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
