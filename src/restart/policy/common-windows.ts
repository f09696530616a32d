/** When windows of several policies are open at the same time. The answers of many workloads with the same policies are one search. */
import { LRUCache } from 'lru-cache';
import type { WindowSpec } from '../../base/schedule/schedule-window.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { isOver, newSearch, proceed, type WindowSearch, WindowSet } from './window-search.ts';

/** open: at least until `until`. closed: until the next common opening. never: no common opening in 366 days. searching: ask again after `after`. */
export type Opening =
  | { readonly kind: 'open'; readonly until: Ms }
  | { readonly kind: 'closed'; readonly opensAt: Ms }
  | { readonly kind: 'never' }
  | { readonly kind: 'searching'; readonly after: Ms };

/** The next step of a search that did not end in one call; a search takes at most one step in this time, whoever asks. */
export const RETRY_MS = ms(100);
/** Steps of all searches of one namespace in this time: at most 10 ms. A workload for which there was none asks again later. */
const MAX_STEPS = 10;
const BUSY_RETRY_MS = ms(2_000);
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
  /** Steps since `#countedFrom`, by namespace. */
  readonly #steps = new Map<string, number>();
  #countedFrom: Ms = ms(Number.NEGATIVE_INFINITY);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes later calls with these windows cheaper. */
  learn(windows: Windows): void {
    this.#setOf(windows);
  }

  /**
   * When a window of each set is open, from `now` on: the wall clock, or a time in the past. No sets: always. A call looks at `MAX_LOOKS` windows at most, a few
   * milliseconds. A window that is not valid never opens. `namespace`: whose share of the processor it takes.
   */
  openingOf(sets: readonly Windows[], now: Ms, namespace = ''): Opening {
    return this.#find(sets, now, { purpose: '', namespace });
  }

  /** Whether a common opening began between `since` and `now`, or was there at `since`. Undefined: not known yet. */
  hasOpenedSince(sets: readonly Windows[], since: Ms, now: Ms, namespace = ''): boolean | undefined {
    const first = this.#find(sets, since, { purpose: `since ${since}`, namespace });
    if (first.kind === 'searching') return undefined;
    return first.kind === 'open' || (first.kind === 'closed' && first.opensAt <= now);
  }

  #find(sets: readonly Windows[], from: Ms, { purpose, namespace }: { readonly purpose: string; readonly namespace: string }): Opening {
    const distinct = [...new Map(sets.map((windows) => this.#setOf(windows)).map((set) => [set.id, set])).values()];
    if (distinct.length === 0) return { kind: 'open', until: ms(Number.POSITIVE_INFINITY) };
    const ids = distinct.map(({ id }) => id).sort((left, right) => left - right);
    const key = `${ids.join(' ')} ${purpose}`;
    const search = this.#searches.get(key) ?? { state: newSearch(from), at: ms(Number.NEGATIVE_INFINITY) };
    if (isOver(search.state, from)) search.state = newSearch(from);
    this.#searches.set(key, search);
    const isBusy = search.state.found === undefined && !this.#proceed(search, distinct, namespace);
    return answerAt(search.state, from, isBusy ? BUSY_RETRY_MS : RETRY_MS);
  }

  /** False: the namespace has had its steps. */
  #proceed(search: Search, sets: readonly WindowSet[], namespace: string): boolean {
    const now = this.#clock.monotonic();
    if (now < search.at + RETRY_MS) return true;
    if (!this.#mayStep(namespace, now)) return false;
    search.at = now;
    search.state = proceed(search.state, sets);
    return true;
  }

  #mayStep(namespace: string, now: Ms): boolean {
    if (now >= this.#countedFrom + RETRY_MS) {
      this.#countedFrom = now;
      this.#steps.clear();
    }
    const steps = this.#steps.get(namespace) ?? 0;
    if (steps >= MAX_STEPS) return false;
    this.#steps.set(namespace, steps + 1);
    return true;
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

function answerAt({ found }: WindowSearch, now: Ms, after: Ms): Opening {
  if (found === undefined) return { kind: 'searching', after };
  if (found.kind === 'never') return found;
  return now < found.opensAt ? { kind: 'closed', opensAt: found.opensAt } : { kind: 'open', until: found.until };
}
