/**
 * The availability of identities and services that the status shows: a failure shows only after it has repeated, and stays until calls have succeeded for a
 * while, so that the status does not flap.
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
  /** Monotonic: the last failure. */
  readonly failedAt: number;
  /** Monotonic: since when calls succeed again. */
  readonly wellSince: number | undefined;
  readonly owner: string | undefined;
}

export interface AvailabilityOptions<K extends string> {
  readonly clock: Clock;
  /** The result of `of` has changed for this key. */
  readonly onTurn: (key: K) => void;
}

export class Availability<K extends string> {
  readonly #options: AvailabilityOptions<K>;
  readonly #troubles = new OwnedMap<K, Trouble>(MAX_KNOWN);
  /** Keys with an answer: true; false after the key was forgotten. */
  readonly #known = new OwnedMap<K, boolean>(MAX_KNOWN);

  constructor(options: AvailabilityOptions<K>) {
    this.#options = options;
  }

  /** `owner`: the namespace that the entry counts for. */
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

  /** Ends failures that have stayed over, and forgets keys that nobody uses any more. Call it at `nextAt` or later. */
  expire(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, { failedAt, wellSince, owner }] of this.#troubles) {
      if (wellSince === undefined && now - failedAt > FORGET_MS) this.#forget(key, owner);
      if (wellSince === undefined || now - wellSince < WELL_FOR_MS) continue;
      this.#troubles.delete(key);
      this.#options.onTurn(key);
    }
  }

  /** Monotonic time at which the next failure ends. */
  get nextAt(): number | undefined {
    const ends = [...this.#troubles].flatMap(([, { wellSince }]) => (wellSince === undefined ? [] : [wellSince + WELL_FOR_MS]));
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** 'unknown' before the first answer. */
  of(key: K): Failure | 'well' | 'unknown' {
    return this.#troubles.get(key)?.failure ?? (this.#known.get(key) === true ? 'well' : 'unknown');
  }

  get size(): number {
    return this.#troubles.size;
  }

  /** The state of the key is unknown again. */
  #forget(key: K, owner: string | undefined): void {
    this.#troubles.delete(key);
    this.#known.set(key, false, owner);
  }
}
