/**
 * The availability of identities and services for the status. A failure is shown after it has repeated, and until calls have succeeded for
 * a while, so that the status does not alternate.
 */
import type { Failure } from '../../../failure/failure.ts';
import type { Clock } from '../../../base/time/clock.ts';
import { SharedMap } from '../../../base/sharing/shared-map.ts';
import { FORGET_MS, type OpenBreaker } from './circuit-breakers.ts';

/** The first failure and the first probe. */
const FAILURES_TO_SHOW = 2;
const STABLE_AFTER_MS = 60_000;
const MAX_KNOWN = { total: 4_096 };

interface KnownFailure {
  readonly failure: Failure;
  /** Monotonic time of the last failure. */
  readonly failedAt: number;
  /** Monotonic time of the first success after the failure. */
  readonly succeedingSince: number | undefined;
  readonly owner: string | undefined;
}

export interface AvailabilityOptions<K extends string> {
  readonly clock: Clock;
  /** The result of `of` has changed for this key. */
  readonly onChange: (key: K) => void;
}

export class Availability<K extends string> {
  readonly #options: AvailabilityOptions<K>;
  readonly #failures = new SharedMap<K, KnownFailure>(MAX_KNOWN);
  /** Keys with an answer: true; false after the key was forgotten. */
  readonly #known = new SharedMap<K, boolean>(MAX_KNOWN);

  constructor(options: AvailabilityOptions<K>) {
    this.#options = options;
  }

  /** `owner`: the namespace whose share the entry uses. */
  failed(key: K, { failure, failures }: Pick<OpenBreaker, 'failure' | 'failures'>, owner?: string): void {
    const before = this.#failures.get(key);
    if (before === undefined && failures < FAILURES_TO_SHOW) return;
    this.#failures.set(key, { failure, failedAt: this.#options.clock.monotonic(), succeedingSince: undefined, owner }, owner);
    if (before?.failure.reason !== failure.reason) this.#options.onChange(key);
  }

  passed(key: K, owner?: string): void {
    const known = this.#failures.get(key);
    if (known !== undefined && known.succeedingSince === undefined) {
      this.#failures.set(key, { ...known, succeedingSince: this.#options.clock.monotonic() }, known.owner);
    }
    if (this.#known.get(key) === true) return;
    this.#known.set(key, true, owner);
    if (known === undefined) this.#options.onChange(key);
  }

  /** Ends failures after a stable time, and removes keys without use. Call it at `nextAt` or later. */
  expire(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, { failedAt, succeedingSince, owner }] of this.#failures) {
      if (succeedingSince === undefined && now - failedAt > FORGET_MS) this.#forget(key, owner);
      if (succeedingSince === undefined || now - succeedingSince < STABLE_AFTER_MS) continue;
      this.#failures.delete(key);
      this.#options.onChange(key);
    }
  }

  /** Monotonic time at which the next failure ends. */
  get nextAt(): number | undefined {
    let next: number | undefined;
    for (const [, { succeedingSince: since }] of this.#failures) {
      if (since !== undefined && (next === undefined || since + STABLE_AFTER_MS < next)) next = since + STABLE_AFTER_MS;
    }
    return next;
  }

  /** 'unknown' before the first result. */
  of(key: K): Failure | 'available' | 'unknown' {
    return this.#failures.get(key)?.failure ?? (this.#known.get(key) === true ? 'available' : 'unknown');
  }

  get size(): number {
    return this.#failures.size;
  }

  /** The state of the key is unknown again. */
  #forget(key: K, owner: string | undefined): void {
    this.#failures.delete(key);
    this.#known.set(key, false, owner);
  }
}
