/**
 * What people are told about identities and services that fail as a whole: late enough that a hiccup is not told, and not told as over before
 * it has stayed over, so that nothing flaps.
 */
import type { Failure } from '../../api/failure.ts';
import { BoundedMap } from '../../aws/bounded-map.ts';
import type { Clock } from '../../base/clock.ts';
import { FORGET_MS, type Gate } from './gates.ts';

/** The first failure and the first probe. */
const FAILURES_TO_TELL = 2;
const WELL_FOR_MS = 60_000;
const MAX_KNOWN = 4_096;

interface Trouble {
  readonly failure: Failure;
  /** Monotonic: its last failure. */
  readonly failedAt: number;
  /** Monotonic: since when calls go through again. */
  readonly wellSince: number | undefined;
}

export interface AvailabilityOptions<K extends string> {
  readonly clock: Clock;
  /** What is told of this key has changed. */
  readonly onTurn: (key: K) => void;
}

export class Availability<K extends string> {
  readonly #options: AvailabilityOptions<K>;
  readonly #troubles = new Map<K, Trouble>();
  /** Those of which an answer was seen, unless what was told of them since is forgotten. */
  readonly #known = new BoundedMap<K, boolean>(MAX_KNOWN);

  constructor(options: AvailabilityOptions<K>) {
    this.#options = options;
  }

  failed(key: K, { failure, failures }: Pick<Gate, 'failure' | 'failures'>): void {
    const before = this.#troubles.get(key);
    if (before === undefined && failures < FAILURES_TO_TELL) return;
    this.#troubles.set(key, { failure, failedAt: this.#options.clock.monotonic(), wellSince: undefined });
    if (before?.failure.reason !== failure.reason) this.#options.onTurn(key);
  }

  passed(key: K): void {
    const trouble = this.#troubles.get(key);
    if (trouble !== undefined && trouble.wellSince === undefined) {
      this.#troubles.set(key, { ...trouble, wellSince: this.#options.clock.monotonic() });
    }
    if (this.#known.get(key) === true) return;
    this.#known.set(key, true);
    if (trouble === undefined) this.#options.onTurn(key);
  }

  /** Ends troubles that have stayed over, and forgets those that nobody tries any more; to be called at `nextAt`, or later. */
  expire(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, { failedAt, wellSince }] of this.#troubles) {
      if (wellSince === undefined && now - failedAt > FORGET_MS) this.#forget(key);
      if (wellSince === undefined || now - wellSince < WELL_FOR_MS) continue;
      this.#troubles.delete(key);
      this.#options.onTurn(key);
    }
  }

  /** Monotonic. */
  get nextAt(): number | undefined {
    const ends = [...this.#troubles.values()].flatMap(({ wellSince }) => (wellSince === undefined ? [] : [wellSince + WELL_FOR_MS]));
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** 'unknown' until something was heard. */
  of(key: K): Failure | 'well' | 'unknown' {
    return this.#troubles.get(key)?.failure ?? (this.#known.get(key) === true ? 'well' : 'unknown');
  }

  get size(): number {
    return this.#troubles.size;
  }

  /** Nobody knows how it stands by now. */
  #forget(key: K): void {
    this.#troubles.delete(key);
    this.#known.set(key, false);
  }
}
