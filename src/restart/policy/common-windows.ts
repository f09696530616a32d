/** When windows of several policies are open at the same time. The answers of many workloads with the same policies are one search. */
import { LRUCache } from 'lru-cache';
import type { WindowSpec } from '../../base/schedule/schedule-window.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { isOver, newSearch, proceed, type WindowSearch, WindowSet } from './window-search.ts';

/** open: at least until `until`. closed: until the next common opening. never: no common opening in 366 days. searching: ask again after `RETRY_MS`. */
export type Opening =
  | { readonly kind: 'open'; readonly until: Ms }
  | { readonly kind: 'closed'; readonly opensAt: Ms }
  | { readonly kind: 'never' }
  | { readonly kind: 'searching' };

/** The next step of a search that did not end in one call; a search takes at most one step in this time, whoever asks. */
export const RETRY_MS = ms(100);
/** Policies of 500 resources, and of annotations. A search takes about 300 bytes. */
const MAX_SEARCHES = 4_096;
/** Texts of windows with at most 16 of 300 characters. */
const MAX_SETS = 2_048;

type Windows = readonly WindowSpec[];

interface Search {
  state: WindowSearch;
  /** Monotonic time of the last step. */
  at: Ms;
}

export class CommonWindows {
  readonly #clock: Clock;
  readonly #sets = new LRUCache<string, WindowSet>({ max: MAX_SETS });
  readonly #known = new WeakMap<Windows, WindowSet>();
  readonly #searches = new LRUCache<string, Search>({ max: MAX_SEARCHES });
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes later calls with these windows cheaper. */
  learn(windows: Windows): void {
    this.#setOf(windows);
  }

  /**
   * When a window of each set is open, from `now` on: the wall clock, or a time in the past. No sets: always. A call looks at `MAX_LOOKS` windows at most, a few
   * milliseconds. A window that is not valid never opens.
   */
  openingOf(sets: readonly Windows[], now: Ms): Opening {
    return this.#find(sets, now, '');
  }

  /** Whether a common opening began between `since` and `now`, or was there at `since`. Undefined: not known yet. */
  hasOpenedSince(sets: readonly Windows[], since: Ms, now: Ms): boolean | undefined {
    const first = this.#find(sets, since, `since ${since}`);
    if (first.kind === 'searching') return undefined;
    return first.kind === 'open' || (first.kind === 'closed' && first.opensAt <= now);
  }

  #find(sets: readonly Windows[], from: Ms, purpose: string): Opening {
    const distinct = [...new Map(sets.map((windows) => this.#setOf(windows)).map((set) => [set.id, set])).values()];
    if (distinct.length === 0) return { kind: 'open', until: ms(Number.POSITIVE_INFINITY) };
    const ids = distinct.map(({ id }) => id).sort((left, right) => left - right);
    const key = `${ids.join(' ')} ${purpose}`;
    const search = this.#searches.get(key) ?? { state: newSearch(from), at: ms(Number.NEGATIVE_INFINITY) };
    if (isOver(search.state, from)) search.state = newSearch(from);
    this.#searches.set(key, search);
    if (search.state.found === undefined) this.#proceed(search, distinct);
    return answerAt(search.state, from);
  }

  #proceed(search: Search, sets: readonly WindowSet[]): void {
    const now = this.#clock.monotonic();
    if (now < search.at + RETRY_MS) return;
    search.at = now;
    search.state = proceed(search.state, sets);
  }

  #setOf(windows: Windows): WindowSet {
    const known = this.#known.get(windows);
    if (known !== undefined) return known;
    const text = JSON.stringify(windows);
    const set = this.#sets.get(text) ?? this.#newSet(windows);
    this.#sets.set(text, set);
    this.#known.set(windows, set);
    return set;
  }

  #newSet(windows: Windows): WindowSet {
    this.#lastId += 1;
    return new WindowSet(this.#lastId, windows);
  }
}

function answerAt({ found }: WindowSearch, now: Ms): Opening {
  if (found === undefined) return { kind: 'searching' };
  if (found.kind === 'never') return found;
  return now < found.opensAt ? { kind: 'closed', opensAt: found.opensAt } : { kind: 'open', until: found.until };
}
