/**
 * Follows changes until a read shows them. Reads are eventually consistent, so that an event may be earlier than what it tells of; and an event
 * may be hours late, when what it tells of is history.
 */
import { type BackoffPolicy, backoffDelay } from '../../base/backoff.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { ReferenceKey, RemoteReference } from '../port.ts';
import { referenceKey } from '../reference-key.ts';
import type { Change } from './change.ts';
import { expectedVersion } from './concerned.ts';
import type { EventReferences } from './references.ts';

/**
 * shown: a read has shown the version that the event states, or a newer one; not-shown: it never did in the time that AWS may take;
 * failed: it cannot be read, which the dependants have been told.
 */
export type Verdict = 'shown' | 'not-shown' | 'failed';

const RETRIES: BackoffPolicy = { base: ms(500), cap: ms(8_000), factor: 2, jitter: 0.1 };
/** So long it may take until a read shows what an event tells; AWS itself speaks of seconds. */
const CONSISTENT_AFTER_MS = 30_000;
/** Reads without a version to expect: one more, in case the first came too early. */
const UNSTATED_READS = 2;
/** An event this old is late: reads are consistent by now, whatever the clocks say (AWS bears five minutes of difference). */
const LATE_MS = 10 * 60_000;
/** Dates of versions have milliseconds, those of events whole seconds. */
const EVENT_PRECISION_MS = 1_000;
/** Whatever comes, one reference is read for events no more often than this. */
const LEAST_GAP_MS = 500;
const MANY = 1_000;

export interface PursuitsOptions {
  readonly clock: Clock;
  readonly references: EventReferences;
  readonly random: () => number;
}

export class Pursuits {
  readonly #options: PursuitsOptions;
  /** Reads that wait for their time, shared by all who want one. */
  readonly #next = new Map<ReferenceKey, Promise<Outcome<SecretVersion>>>();
  /** When the last read for an event began (monotonic). */
  readonly #lastAt = new Map<ReferenceKey, number>();

  constructor(options: PursuitsOptions) {
    this.#options = options;
  }

  /** `onAnswer` hears of each read. */
  async follow(
    reference: RemoteReference,
    change: Change,
    signal: AbortSignal,
    onAnswer: (outcome: Outcome<SecretVersion>) => void,
  ): Promise<Verdict> {
    const { clock, references, random } = this.#options;
    const expected = expectedVersion(reference, change);
    const until = clock.monotonic() + CONSISTENT_AFTER_MS;
    const late = change.time !== undefined && clock.now() - change.time > LATE_MS;
    const before = versionSeen(references, reference);
    for (let reads = 1; ; reads += 1) {
      if (expected !== undefined && versionSeen(references, reference) === expected) return 'shown';
      // The read may wait for its turn, and who comes meanwhile should not act on what is known to be old.
      references.invalidate(reference);
      const outcome = await this.#read(reference, signal);
      onAnswer(outcome);
      if (!outcome.ok) return 'failed';
      if (isShown(outcome.value, expected, change.time) || (expected === undefined && outcome.value.versionId !== before)) return 'shown';
      if (late || (expected === undefined && reads >= UNSTATED_READS)) return 'shown';
      if (clock.monotonic() >= until) return 'not-shown';
      await clock.sleep(backoffDelay(RETRIES, reads, random), signal);
    }
  }

  async #read(reference: RemoteReference, signal: AbortSignal): Promise<Outcome<SecretVersion>> {
    const key = referenceKey(reference);
    const planned = this.#next.get(key) ?? this.#plan(key, reference, signal);
    return planned;
  }

  #plan(key: ReferenceKey, reference: RemoteReference, signal: AbortSignal): Promise<Outcome<SecretVersion>> {
    const wait = ms((this.#lastAt.get(key) ?? Number.NEGATIVE_INFINITY) + LEAST_GAP_MS - this.#options.clock.monotonic());
    const planned = this.#readAfter(wait, key, reference, signal);
    this.#next.set(key, planned);
    return planned;
  }

  /** Who comes while it waits shares it; who comes once it has begun gets one of their own. */
  async #readAfter(wait: Ms, key: ReferenceKey, reference: RemoteReference, signal: AbortSignal): Promise<Outcome<SecretVersion>> {
    const { clock, references } = this.#options;
    try {
      if (wait > 0) await clock.sleep(wait, signal);
      else await Promise.resolve();
    } finally {
      this.#next.delete(key);
    }
    this.#began(key);
    return references.refresh(reference);
  }

  #began(key: ReferenceKey): void {
    const now = this.#options.clock.monotonic();
    this.#lastAt.delete(key);
    this.#lastAt.set(key, now);
    if (this.#lastAt.size <= MANY) return;
    for (const [other, at] of this.#lastAt) {
      if (now - at < LEAST_GAP_MS) break;
      this.#lastAt.delete(other);
    }
  }
}

function versionSeen(references: EventReferences, reference: RemoteReference): string | undefined {
  const observation = references.observe(reference);
  return observation.kind === 'version' ? observation.versionId : undefined;
}

/** The version that was told, or one that AWS made after the event. */
function isShown({ versionId, createdDate }: SecretVersion, expected: string | undefined, time: Ms | undefined): boolean {
  if (versionId === expected) return true;
  const created = createdDate === undefined ? Number.NaN : Date.parse(createdDate);
  return time !== undefined && created >= time + EVENT_PRECISION_MS;
}
