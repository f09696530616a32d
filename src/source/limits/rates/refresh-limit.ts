/**
 * Limits how many references are refreshed at the same time, over all identities: each answer may have a value of the maximum size, and
 * references of many identities may be due at once. A slow refresh stops counting after a while, so that identities without answers do not
 * stop other refreshes; a call without an answer has no values in memory. A namespace may use a share of the free places.
 */
import type { Clock } from '../../../base/time/clock.ts';
import { FairShare } from '../../../base/sharing/fair-share.ts';

/** 30 MiB in values of 64 KiB, without the objects of the parser. */
const MAX_REFERENCES = 480;
/** One batch. Less capacity than that counts as none, so that batches stay full. */
const MIN_BATCH = 20;
const SLOW_AFTER_MS = 2_000;

interface Counted {
  readonly namespaces: readonly string[];
  /** Monotonic time at which it stops counting. */
  readonly until: number;
}

export class RefreshLimit {
  readonly #clock: Clock;
  readonly #held = new FairShare();
  /** The oldest comes first. */
  readonly #counted = new Set<Counted>();
  #free = MAX_REFERENCES;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Number of the `waiting` references of the namespace that may start now: all, at least a batch, or none. Fewer only for a namespace
   * without started references.
   */
  freeFor(namespace: string, waiting: number): number {
    const held = this.#held.of(namespace);
    const free = Math.min(this.#held.mostOf(namespace, this.#free) - held, waiting);
    if (free >= Math.min(MIN_BATCH, waiting)) return free;
    // A namespace without started references does not wait while a place is free.
    return held > 0 ? 0 : Math.max(0, Math.min(this.#free, MIN_BATCH, waiting));
  }

  /** Counts one reference for the namespace, until the function that `startRefresh` returns is called. */
  take(namespace: string): void {
    this.#free -= 1;
    this.#held.take(namespace);
  }

  /** For references that start now and were counted for these namespaces, one each. */
  startRefresh(namespaces: readonly string[]): () => void {
    const counted = { namespaces, until: this.#clock.monotonic() + SLOW_AFTER_MS };
    this.#counted.add(counted);
    return () => this.#release(counted);
  }

  /** Monotonic time at which the oldest refresh stops counting. Undefined without refreshes. */
  get nextAt(): number | undefined {
    for (const { until } of this.#counted) return until;
    return undefined;
  }

  /** Refreshes that have become slow do not count any more. Call it at `nextAt` or later, before `freeFor`. */
  forgetSlow(): void {
    const now = this.#clock.monotonic();
    for (const counted of this.#counted) {
      if (counted.until > now) return;
      this.#release(counted);
    }
  }

  #release(counted: Counted): void {
    if (!this.#counted.delete(counted)) return;
    this.#free += counted.namespaces.length;
    for (const namespace of counted.namespaces) this.#held.giveBack(namespace);
  }
}
