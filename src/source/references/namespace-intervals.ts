/**
 * The poll intervals of the namespaces that share one reference, and which of them need its read now. A namespace needs a read at the slots of its own
 * interval, and not at those of others: so others can neither delay its reads nor make it pay for theirs. Makes no calls.
 */
import { type Ms, ms } from '../../base/time/clock.ts';
import { slotAfter } from '../schedule/slots.ts';
import type { RemoteReference } from '../port.ts';
import { haveSameTerms, PollIntervals, type PollTerms, type Reliance } from './poll-intervals.ts';

/** Namespaces that one search finds. One that has room is enough; the next search finds others. */
const MOST_FOUND = 8;
/** Namespaces that a search looks at, unless it has found none for a reference that waits for none. */
const MOST_LOOKS = 32;
/** Time until the next search, while there may be further namespaces, and if the last one has found none. */
const MORE_AFTER_MS = 200;
const NONE_AFTER_MS = 1_000;
/** A search finds namespaces that have subscribed meanwhile. */
const AGAIN_AFTER_MS = 10_000;

export interface Moment {
  /** Wall clock. */
  readonly now: Ms;
  readonly monotonic: number;
}

/** What is known of the read. */
export interface NeededRead {
  readonly phase: number;
  /** Wall clock: the last confirmation by AWS. Undefined: every namespace needs the read, as after a failure. */
  readonly confirmedAt: number | undefined;
  /** Whether lists show the reference. */
  readonly covered: boolean;
}

export interface NeedingNamespaces {
  /** At most eight. */
  readonly found: readonly string[];
  /** Monotonic: when a further search may find others. */
  readonly nextAt: number;
}

interface Search {
  readonly found: string[];
  looks: number;
  /** Milliseconds until the next namespace needs the read. */
  wait: number;
  /** Whether the reference waits for a namespace that was found before. */
  isWaiting: boolean;
}

export class NamespaceIntervals {
  readonly #reference: RemoteReference;
  readonly #observer: Reliance;
  /** Of all namespaces together. */
  readonly all: PollIntervals;
  /** While there is one namespace, as for most references, it has no PollIntervals of its own. */
  #only: string | undefined;
  /** The namespace that the next search looks at is first. */
  #several: Map<string, PollIntervals> | undefined;

  constructor(reference: RemoteReference, observer: Reliance) {
    this.#reference = reference;
    this.#observer = observer;
    this.all = new PollIntervals(reference, observer);
  }

  /** A subscriber of the namespace has other terms than before. Undefined: no terms. */
  replace(namespace: string, before: PollTerms | undefined, after: PollTerms | undefined): void {
    if (haveSameTerms(before, after)) return;
    if (before !== undefined) this.count(namespace, before, -1);
    if (after !== undefined) this.count(namespace, after, 1);
  }

  count(namespace: string, terms: PollTerms, by: 1 | -1): void {
    if (this.#several === undefined && this.#only !== undefined && this.#only !== namespace)
      this.#several = new Map([[this.#only, this.all.copy()]]);
    this.all.count(terms, by);
    if (this.#several === undefined) {
      this.#only = this.all.isEmpty ? undefined : namespace;
      return;
    }
    const own = this.#several.get(namespace) ?? new PollIntervals(this.#reference, this.#observer);
    own.count(terms, by);
    if (own.isEmpty) this.#several.delete(namespace);
    else if (!this.#several.has(namespace)) this.#several.set(namespace, own);
  }

  /** Whether the namespace has an interval. */
  has(namespace: string): boolean {
    return this.#several === undefined ? this.#only === namespace : this.#several.has(namespace);
  }

  /** The namespace that the next search looks at first. Undefined without any. */
  get first(): string | undefined {
    if (this.#several === undefined) return this.#only;
    for (const namespace of this.#several.keys()) return namespace;
    return undefined;
  }

  /**
   * Searches namespaces that need the read, among those that are not `known`: those with the smallest interval, and those whose own slot has passed since the
   * last confirmation. All namespaces take turns in being searched, so that none is left out for good, however many others there are.
   */
  needing(read: NeededRead, { now, monotonic }: Moment, known: (namespace: string) => boolean): NeedingNamespaces {
    const smallest = this.all.smallest(read.covered);
    const search: Search = { found: [], looks: 0, wait: AGAIN_AFTER_MS, isWaiting: false };
    while (this.#goesOn(search)) {
      const [namespace, intervals] = this.#turn();
      if (namespace === undefined) break;
      search.looks += 1;
      if (known(namespace)) search.isWaiting = true;
      else note(search, namespace, waitOf(read, intervals.smallest(read.covered), smallest, now));
    }
    const { found, looks, wait } = search;
    const more = found.length > 0 ? MORE_AFTER_MS : NONE_AFTER_MS;
    return { found, nextAt: monotonic + (looks < this.#size ? Math.min(wait, more) : wait) };
  }

  get #size(): number {
    return this.#several?.size ?? 1;
  }

  #goesOn({ found, looks, isWaiting }: Search): boolean {
    if (looks === this.#size || found.length === MOST_FOUND) return false;
    return looks < MOST_LOOKS || (found.length === 0 && !isWaiting);
  }

  /** The namespace whose turn it is; it comes last the next time. */
  #turn(): readonly [string | undefined, PollIntervals] {
    const [first] = this.#several ?? [];
    if (first === undefined) return [this.#several === undefined ? this.#only : undefined, this.all];
    this.#several?.delete(first[0]);
    this.#several?.set(...first);
    return first;
  }
}

function note(search: Search, namespace: string, wait: number): void {
  if (wait <= 0) search.found.push(namespace);
  else search.wait = Math.min(search.wait, wait);
}

/** Milliseconds until a namespace with this interval needs the read; 0: now. A clock that was set back does not make it wait. */
function waitOf({ phase, confirmedAt }: NeededRead, interval: Ms | undefined, smallest: Ms | undefined, now: Ms): number {
  if (confirmedAt === undefined || interval === undefined || interval === smallest) return 0;
  return Math.max(0, slotAfter(phase, interval, ms(Math.min(confirmedAt, now))) - now);
}
