/**
 * How many references are refreshed at the same time, over all identities: each answer may hold a value of the largest size, and who has many
 * identities could have all of them fall due at once. What takes long is not counted any more, so that identities that hang keep nobody else from being
 * refreshed: what has no answer holds no values.
 */
import type { Clock } from '../../base/clock.ts';

/** 30 MiB in values of 64 KiB, beside what is made of them while they are parsed. */
const MAX_REFERENCES = 480;
/** A batch; less room than that is none, so that batches stay full. */
const LEAST = 20;
const SLOW_AFTER_MS = 2_000;

interface Counted {
  readonly references: number;
  /** Monotonic: from then on it is not counted. */
  readonly until: number;
}

export class RefreshLimit {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #counted = new Set<Counted>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many may begin now; 0 or a batch at least. */
  get free(): number {
    const now = this.#clock.monotonic();
    let free = MAX_REFERENCES;
    for (const counted of this.#counted) {
      if (counted.until <= now) this.#counted.delete(counted);
      else free -= counted.references;
    }
    return free < LEAST ? 0 : free;
  }

  /** Counts so many until what is given is called. */
  take(references: number): () => void {
    const counted = { references, until: this.#clock.monotonic() + SLOW_AFTER_MS };
    this.#counted.add(counted);
    return () => void this.#counted.delete(counted);
  }

  /** Monotonic time at which the oldest is not counted any more; undefined when there is none. */
  get nextAt(): number | undefined {
    for (const { until } of this.#counted) return until;
    return undefined;
  }
}
