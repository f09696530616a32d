/**
 * Confirms events about one reference: reads it until a read shows the change. Reads are eventually consistent, so the first read may be
 * too early; an event may be hours late, so its version can be old; and an event may be forged, so reads are limited.
 */
import type { Outcome } from '../../failure/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { type BackoffPolicy, backoffDelay } from '../../base/time/backoff.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import { untilFirst } from '../../base/waiting.ts';
import type { RemoteReference } from '../port.ts';
import type { Change } from '../references/change.ts';
import { expectedVersion } from '../references/affected-references.ts';
import type { LimitedRead, ReadQueue } from './read-queue.ts';
import type { EventReferences } from './event-references.ts';

/**
 * shown: a read has shown the version of the event, or a newer one; not-shown: no read did so within the time of AWS, or within the limit
 * of reads for events; failed: the reference cannot be read, and the dependants have been notified.
 */
export type ConfirmationResult = 'shown' | 'not-shown' | 'failed';

const RETRIES: BackoffPolicy = { base: ms(500), cap: ms(8_000), factor: 2, jitter: 0.1 };
/** Maximum time until a read shows the change of an event. AWS documents seconds. */
const CONSISTENT_AFTER_MS = 30_000;
/** Reads for an event without a version id: one more, in case the first came too early. */
const READS_WITHOUT_VERSION = 2;
/** An event of this age is late, so reads are consistent, whatever the difference of the clocks (AWS accepts five minutes). */
const LATE_MS = 10 * 60_000;
/** Dates of versions have milliseconds, those of events whole seconds. */
const EVENT_PRECISION_MS = 1_000;

export interface ConfirmationOptions {
  readonly clock: Clock;
  readonly references: EventReferences;
  readonly line: ReadQueue;
  readonly random: () => number;
  /** Called after each read. */
  readonly onAnswer: (reference: RemoteReference, outcome: Outcome<SecretVersion>) => void;
}

/**
 * The version that a read should show, and the reads so far. Times are monotonic, except the time of the change, which is on AWS's clock.
 */
interface Attempt {
  readonly expected: string | undefined;
  readonly time: Ms | undefined;
  readonly isLate: boolean;
  readonly until: number;
  /** The version that was known when the attempt started. */
  readonly before: string | undefined;
  reads: number;
}

export class Confirmation {
  readonly #options: ConfirmationOptions;
  readonly #reference: RemoteReference;
  readonly #limited: LimitedRead;
  /** The change to confirm: the latest of all changes so far, by time. */
  #change: Change;
  /** Resolves when a further change is added. */
  #added = Promise.withResolvers<void>();
  #isAdded = false;

  constructor(reference: RemoteReference, limited: LimitedRead, change: Change, options: ConfirmationOptions) {
    this.#options = options;
    this.#reference = reference;
    this.#limited = limited;
    this.#change = change;
  }

  /** Adds a further change of the reference. Reads that start after this call confirm it too. */
  add(change: Change): void {
    if ((change.time ?? Number.POSITIVE_INFINITY) >= (this.#change.time ?? 0)) this.#change = change;
    this.#isAdded = true;
    this.#added.resolve();
  }

  /** Resolves when a change was added that the last `follow` has not covered. */
  get whenAdded(): Promise<void> {
    return this.#added.promise;
  }

  get isUpToDate(): boolean {
    return !this.#isAdded;
  }

  /** Reads until all changes are confirmed or given up. A read that started before the last change does not count. */
  async follow(signal: AbortSignal): Promise<ConfirmationResult> {
    for (let attempt = this.#begin(); ; attempt = this.#isAdded ? this.#begin() : attempt) {
      if (attempt.expected !== undefined && this.#knownVersion() === attempt.expected) return 'shown';
      const permitted = await this.#waitForPermit(attempt, signal);
      // The read that starts now also confirms the changes that were added during the wait.
      if (this.#isAdded) attempt = this.#begin();
      else if (!permitted) return 'not-shown';
      attempt.reads += 1;
      const result = this.#resultOf(attempt, await this.#read());
      if (this.#isAdded) continue;
      if (result !== undefined) return result;
      await untilFirst(this.#added.promise, backoffDelay(RETRIES, attempt.reads, this.#options.random), this.#options.clock, signal);
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
      isLate: time !== undefined && clock.now() - time > LATE_MS,
      until: clock.monotonic() + CONSISTENT_AFTER_MS,
      before: this.#knownVersion(),
      reads: 0,
    };
  }

  /** Undefined: one more read may help. */
  #resultOf({ expected, time, isLate, until, before, reads }: Attempt, outcome: Outcome<SecretVersion>): ConfirmationResult | undefined {
    if (!outcome.ok) return 'failed';
    if (isShown(outcome.value, expected, time) || (expected === undefined && outcome.value.versionId !== before)) return 'shown';
    if (isLate || (expected === undefined && reads >= READS_WITHOUT_VERSION)) return 'shown';
    return this.#options.clock.monotonic() >= until ? 'not-shown' : undefined;
  }

  /** Waits until a read may start. Returns false for a repeated read that would wait too long. */
  async #waitForPermit({ reads, until }: Attempt, signal: AbortSignal): Promise<boolean> {
    const { line } = this.#options;
    if (reads === 0) return this.#untilFirstPermit(signal);
    return line.limits.mayRepeat(this.#limited.namespace) && line.enter(this.#limited, signal, until);
  }

  /** A first read is always made, so it waits again if another read of the reference was counted in the meantime. */
  async #untilFirstPermit(signal: AbortSignal): Promise<true> {
    while (!(await this.#options.line.enter(this.#limited, signal)));
    return true;
  }

  async #read(): Promise<Outcome<SecretVersion>> {
    const { references, line, onAnswer } = this.#options;
    const before = this.#knownVersion();
    // The read may wait. Until it ends, no caller must get the cached value, which is known to be old.
    references.invalidate(this.#reference);
    const giveBack = (): void => line.giveBack(this.#limited);
    const outcome = await references.refresh(this.#reference, giveBack);
    if (outcome.ok && outcome.value.versionId !== before) giveBack();
    onAnswer(this.#reference, outcome);
    return outcome;
  }

  #knownVersion(): string | undefined {
    const observation = this.#options.references.observe(this.#reference);
    return observation.kind === 'version' ? observation.versionId : undefined;
  }
}

/** The version of the event, or one that AWS made after the event. */
function isShown({ versionId, createdDate }: SecretVersion, expected: string | undefined, time: Ms | undefined): boolean {
  if (versionId === expected) return true;
  const created = createdDate === undefined ? Number.NaN : Date.parse(createdDate);
  return time !== undefined && created >= time + EVENT_PRECISION_MS;
}
