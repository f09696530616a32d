/**
 * What people are told about identities and services that fail as a whole: late enough that a hiccup is not told, and not told as over before
 * it has stayed over, so that nothing flaps.
 */
import type { Failure } from '../../api/failure.ts';
import type { Clock } from '../../base/clock.ts';
import { FORGET_MS, type OpenBreaker } from './circuit-breakers.ts';
import { OwnedMap } from './owned-map.ts';

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
  readonly owner: string | undefined;
}

export interface AvailabilityOptions<K extends string> {
  readonly clock: Clock;
  /** What is told of this key has changed. */
  readonly onTurn: (key: K) => void;
}

export class Availability<K extends string> {
  readonly #options: AvailabilityOptions<K>;
  readonly #troubles = new OwnedMap<K, Trouble>(MAX_KNOWN);
  /** Those of which an answer was seen, unless what was told of them since is forgotten. */
  readonly #known = new OwnedMap<K, boolean>(MAX_KNOWN);

  constructor(options: AvailabilityOptions<K>) {
    this.#options = options;
  }

  /** `owner`: namespace whose share what is kept of it counts for. */
  failed(key: K, { failure, failures }: Pick<OpenBreaker, 'failure' | 'failures'>, owner?: string): void {
    const before = this.#troubles.get(key);
    if (before === undefined && failures < FAILURES_TO_TELL) return;
    this.#troubles.set(key, { failure, failedAt: this.#options.clock.monotonic(), wellSince: undefined, owner }, owner);
    if (before?.failure.reason !== failure.reason) this.#options.onTurn(key);
  }

  passed(key: K, owner?: string): void {
    const trouble = this.#troubles.get(key);
    if (trouble !== undefined && trouble.wellSince === undefined) {
      this.#troubles.set(key, { ...trouble, wellSince: this.#options.clock.monotonic() }, trouble.owner);
    }
    if (this.#known.get(key) === true) return;
    this.#known.set(key, true, owner);
    if (trouble === undefined) this.#options.onTurn(key);
  }

  /** Ends troubles that have stayed over, and forgets those that nobody tries any more; to be called at `nextAt`, or later. */
  expire(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, { failedAt, wellSince, owner }] of this.#troubles) {
      if (wellSince === undefined && now - failedAt > FORGET_MS) this.#forget(key, owner);
      if (wellSince === undefined || now - wellSince < WELL_FOR_MS) continue;
      this.#troubles.delete(key);
      this.#options.onTurn(key);
    }
  }

  /** Monotonic. */
  get nextAt(): number | undefined {
    const ends = [...this.#troubles].flatMap(([, { wellSince }]) => (wellSince === undefined ? [] : [wellSince + WELL_FOR_MS]));
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
  #forget(key: K, owner: string | undefined): void {
    this.#troubles.delete(key);
    this.#known.set(key, false, owner);
  }
}
