/**
 * Follows what events tell of one reference until a read shows it. Reads are eventually consistent, so that an event may be earlier than what it
 * tells of; it may be hours late, when what it tells of is history; and it may be made up, so that reads are limited.
 */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { type BackoffPolicy, backoffDelay } from '../../base/backoff.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { untilAborted } from '../../base/waiting.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';
import { referenceKey } from '../references/reference-key.ts';
import type { Change } from './change.ts';
import { expectedVersion } from './concerned.ts';
import type { ReadLimits } from './read-limits.ts';
import type { EventReferences } from './event-references.ts';

/**
 * shown: a read has shown the version that the event states, or a newer one; not-shown: it never did in the time that AWS may take, or in as many
 * reads as events may cause; failed: it cannot be read, which the dependants have been told.
 */
export type ConfirmationResult = 'shown' | 'not-shown' | 'failed';

const RETRIES: BackoffPolicy = { base: ms(500), cap: ms(8_000), factor: 2, jitter: 0.1 };
/** So long it may take until a read shows what an event tells; AWS itself speaks of seconds. */
const CONSISTENT_AFTER_MS = 30_000;
/** Reads without a version to expect: one more, in case the first came too early. */
const UNSTATED_READS = 2;
/** An event this old is late: reads are consistent by now, whatever the clocks say (AWS bears five minutes of difference). */
const LATE_MS = 10 * 60_000;
/** Dates of versions have milliseconds, those of events whole seconds. */
const EVENT_PRECISION_MS = 1_000;

export interface ConfirmationOptions {
  readonly clock: Clock;
  readonly references: EventReferences;
  readonly limits: ReadLimits;
  readonly random: () => number;
  /** Hears of each read. */
  readonly onAnswer: (reference: RemoteReference, outcome: Outcome<SecretVersion>) => void;
}

/** What is to be shown, and what was done for it. Times are monotonic but for that of the change, which is AWS's. */
interface Attempt {
  readonly expected: string | undefined;
  readonly time: Ms | undefined;
  readonly late: boolean;
  readonly until: number;
  /** The version that was known when it began. */
  readonly before: string | undefined;
  reads: number;
}

export class Confirmation {
  readonly #options: ConfirmationOptions;
  readonly #reference: RemoteReference;
  readonly #key: ReferenceKey;
  /** What is to be shown: of all that was told the latest, by its own time. */
  #change: Change;
  /** Resolves when something more was told. */
  #added = Promise.withResolvers<void>();
  #isAdded = false;

  constructor(reference: RemoteReference, change: Change, options: ConfirmationOptions) {
    this.#options = options;
    this.#reference = reference;
    this.#key = referenceKey(reference);
    this.#change = change;
  }

  /** Something more was told of the reference: what is read from now on answers it, too. */
  add(change: Change): void {
    if ((change.time ?? Number.POSITIVE_INFINITY) >= (this.#change.time ?? 0)) this.#change = change;
    this.#isAdded = true;
    this.#added.resolve();
  }

  /** Resolves when something was told that the last `follow` has not followed. */
  get whenAdded(): Promise<void> {
    return this.#added.promise;
  }

  get isFollowed(): boolean {
    return !this.#isAdded;
  }

  /** Follows all that was told until it ends; a read that began before the last of it does not count. */
  async follow(signal: AbortSignal): Promise<ConfirmationResult> {
    for (let attempt = this.#begin(); ; attempt = this.#isAdded ? this.#begin() : attempt) {
      if (attempt.expected !== undefined && this.#seen() === attempt.expected) return 'shown';
      const permitted = await this.#isPermitted(attempt, signal);
      // What was told while it waited is answered by the read that begins now.
      if (this.#isAdded) attempt = this.#begin();
      else if (!permitted) return 'not-shown';
      attempt.reads += 1;
      const result = this.#verdictOf(attempt, await this.#read());
      if (this.#isAdded) continue;
      if (result !== undefined) return result;
      await this.#untilAdded(backoffDelay(RETRIES, attempt.reads, this.#options.random), signal);
    }
  }

  #begin(): Attempt {
    const { clock } = this.#options;
    const { time } = this.#change;
    this.#isAdded = false;
    this.#added = Promise.withResolvers();
    return {
      expected: expectedVersion(this.#reference, this.#change),
      time,
      late: time !== undefined && clock.now() - time > LATE_MS,
      until: clock.monotonic() + CONSISTENT_AFTER_MS,
      before: this.#seen(),
      reads: 0,
    };
  }

  /** Undefined: it is worth to read again. */
  #verdictOf({ expected, time, late, until, before, reads }: Attempt, outcome: Outcome<SecretVersion>): ConfirmationResult | undefined {
    if (!outcome.ok) return 'failed';
    if (isShown(outcome.value, expected, time) || (expected === undefined && outcome.value.versionId !== before)) return 'shown';
    if (late || (expected === undefined && reads >= UNSTATED_READS)) return 'shown';
    return this.#options.clock.monotonic() >= until ? 'not-shown' : undefined;
  }

  /** Waits until a read may begin. A repeated one is given up where that takes too long. */
  async #isPermitted({ reads, until }: Attempt, signal: AbortSignal): Promise<boolean> {
    const { clock, limits } = this.#options;
    if (reads > 0 && !limits.mayRepeat()) return false;
    for (;;) {
      const wait = limits.take(this.#key);
      if (wait === 0) return true;
      if (reads > 0 && clock.monotonic() + wait > until) return false;
      await clock.sleep(wait, signal);
    }
  }

  async #read(): Promise<Outcome<SecretVersion>> {
    const { references, limits, onAnswer } = this.#options;
    const before = this.#seen();
    // The read may wait for its turn, and who comes meanwhile should not act on what is known to be old.
    references.invalidate(this.#reference);
    const outcome = await references.refresh(this.#reference);
    if (outcome.ok && outcome.value.versionId !== before) limits.giveBack(this.#key);
    onAnswer(this.#reference, outcome);
    return outcome;
  }

  #seen(): string | undefined {
    const observation = this.#options.references.observe(this.#reference);
    return observation.kind === 'version' ? observation.versionId : undefined;
  }

  async #untilAdded(wait: Ms, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    try {
      await untilAborted(
        Promise.race([this.#added.promise, this.#options.clock.sleep(wait, AbortSignal.any([signal, over.signal]))]),
        signal,
      );
    } finally {
      over.abort();
    }
  }
}

/** The version that was told, or one that AWS made after the event. */
function isShown({ versionId, createdDate }: SecretVersion, expected: string | undefined, time: Ms | undefined): boolean {
  if (versionId === expected) return true;
  const created = createdDate === undefined ? Number.NaN : Date.parse(createdDate);
  return time !== undefined && created >= time + EVENT_PRECISION_MS;
}
