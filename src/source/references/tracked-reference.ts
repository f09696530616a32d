/** What the engine knows of one reference, who wants to know, and when it is to be read again. */
import { type IdentityKey, identityKey } from '../../aws/credentials/identity.ts';
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import type { Dueable } from '../schedule/due-queue.ts';
import { namespaceOf } from './dependant.ts';
import type { Idle } from './idle-references.ts';
import { PollIntervals, type PollTerms, type RelianceTest } from './poll-intervals.ts';
import type { DatedVersion, DependantKey, Interest, Observation, ReferenceKey, RemoteReference } from '../port.ts';
import { isBatchable, isPinned, type KeyedReference, lastingKey, valueKey } from './reference-key.ts';
import { earliness, nextSlot, phaseOf, slotAfter } from '../schedule/slots.ts';

export interface Subscriber {
  readonly dependant: DependantKey;
  /** Undefined when it needs no refresh. */
  readonly terms: PollTerms | undefined;
  readonly held: string | undefined;
  /** The news that this dependant was last called for, so that one that does not act is not called for ever. */
  told: string | undefined;
}

/** When a reference was confirmed (wall clock; 0: never), and when it is to be read (monotonic; infinity: not at all). */
export interface Predecessor {
  readonly confirmedAt: number;
  readonly dueAt: number;
}

export interface RefreshLimits {
  /** Whether polls of the reference may be stretched now for somebody who has opted in. */
  readonly relies: RelianceTest;
  /** It is neither read nor looked at more often, whoever asks. */
  readonly minInterval: Ms;
}

export class TrackedReference implements KeyedReference, Dueable, Idle {
  readonly key: ReferenceKey;
  readonly reference: RemoteReference;
  readonly identity: IdentityKey;
  readonly phase: number;
  readonly batchable: boolean;
  readonly subscribers = new Map<DependantKey, Subscriber>();
  observation: Observation = { kind: 'unknown' };
  /** Wall clock: when AWS last said which version is the one; a failure leaves it as it is. 0: never. */
  confirmedAt = 0;
  #newest: DatedVersion | undefined;
  #seen = false;
  /** Whether a list has shown it at the last look, so that reads may be further apart. */
  covered = false;
  /** In a row. */
  failures = 0;
  /** Monotonic; meaningful while the observation is a failure. */
  retryAt = 0;
  /** The slot (wall clock) that it waits for, and the one that it was last read for. */
  #slot: Ms | undefined;
  #served: Ms | undefined;
  /** The oldest slot (wall clock) that was due and has no answer yet. */
  #owed: Ms | undefined;
  /** Monotonic: to be read then, wherever its slot is; forgotten once it was answered. */
  #makeUpAt: number | undefined;
  /** Monotonic; kept by the queue. */
  dueAt = Number.POSITIVE_INFINITY;
  /** Monotonic: from then on it may be read where a batch has room. */
  earliestAt = Number.POSITIVE_INFINITY;
  /** Order in which the call was made that the observation comes from: a slow answer must not undo a later one. */
  readOrder = 0;
  /** Kept by those that are idle. */
  idleSince: number;
  inLineSince: number | undefined;
  readonly #intervals: PollIntervals;
  readonly #isListable: boolean;
  readonly #minInterval: Ms;

  constructor({ key, reference }: KeyedReference, now: number, { relies, minInterval }: RefreshLimits) {
    this.#intervals = new PollIntervals(relies);
    this.#minInterval = minInterval;
    this.key = key;
    this.reference = reference;
    this.identity = identityKey(reference.identity);
    this.phase = phaseOf(lastingKey(reference));
    this.batchable = isBatchable(reference);
    this.#isListable = reference.identity.service === 'SecretsManager' && reference.version.kind === 'stage';
    this.idleSince = now;
  }

  /** The subscriber as it is now, after its interest was set or (undefined) ended. */
  subscribe(dependant: DependantKey, interest: Interest | undefined): Subscriber | undefined {
    const before = this.subscribers.get(dependant);
    if (before?.terms !== undefined) this.#intervals.count(before.terms, -1);
    if (interest === undefined) {
      this.subscribers.delete(dependant);
      return undefined;
    }
    const terms = termsOf(interest, this.#minInterval);
    if (terms !== undefined) this.#intervals.count(terms, 1);
    const { heldVersionId: held, heldCreatedDate } = interest;
    if (held !== undefined) this.brings({ versionId: held, createdDate: heldCreatedDate });
    const subscriber = { dependant, terms, held, told: before?.told };
    this.subscribers.set(dependant, subscriber);
    // There is no one version left to compare lists with. The first does for all: a thousand may come one after the other.
    const [first] = this.subscribers.values();
    if (this.observation.kind === 'unknown' && first?.held !== held) this.covered = false;
    return subscriber;
  }

  /** The version seen last, whatever has failed since; until one was seen, the newest that somebody holds. */
  get newest(): DatedVersion | undefined {
    return this.#newest;
  }

  /** Somebody holds this version. */
  brings(held: DatedVersion | undefined): void {
    if (!this.#seen && isOlder(this.#newest?.createdDate ?? '', held?.createdDate)) this.#newest = held;
  }

  saw({ versionId, createdDate }: DatedVersion): void {
    this.#seen = true;
    if (this.#newest?.versionId !== versionId || this.#newest.createdDate !== createdDate) this.#newest = { versionId, createdDate };
  }

  /** The version that was seen last; while nothing was read yet, the one that all dependants hold. */
  get knownVersion(): string | undefined {
    const { observation } = this;
    if (observation.kind !== 'unknown') return observation.kind === 'version' ? observation.versionId : undefined;
    const [first] = this.subscribers.values();
    for (const { held } of this.subscribers.values()) if (held !== first?.held) return undefined;
    return first?.held;
  }

  /** The smallest interval that a subscriber asks for, as far as events and lists do not allow a longer one. */
  get interval(): Ms | undefined {
    return this.#intervals.smallest(this.covered);
  }

  /** How often a list may look at it instead; undefined where nobody allows that, no list can show it, or it would be read as often. */
  get listedInterval(): Ms | undefined {
    return this.mayBeListed ? this.#intervals.smallestListed : undefined;
  }

  /** Whether what lists show of it counts. */
  get mayBeListed(): boolean {
    return this.#isListable && this.#intervals.mayList;
  }

  get isUsed(): boolean {
    return this.subscribers.size > 0;
  }

  /** Of the first who uses it: what is read for several counts for one of them. '' where nobody does. */
  get namespace(): string {
    for (const dependant of this.subscribers.keys()) return namespaceOf(dependant);
    return '';
  }

  /** It was taken to be read, and was answered before that. */
  get isAnswered(): boolean {
    return this.dueAt < Number.POSITIVE_INFINITY && this.#owed === undefined;
  }

  /** Somebody is subscribed, but nobody wants it refreshed: nothing is asked for it. */
  get isOnlyWatched(): boolean {
    return this.subscribers.size > 0 && this.interval === undefined;
  }

  /** Whether it is read again and again because the dependant wants that, among others. */
  isRefreshedFor(dependant: DependantKey): boolean {
    return !isPinned(this.reference) && this.subscribers.get(dependant)?.terms !== undefined;
  }

  /** Whether somebody has opted in to longer intervals. */
  get mayStretch(): boolean {
    return this.#intervals.mayStretch;
  }

  /** Monotonic time of the next read, or undefined when none is needed. */
  plan(clock: { readonly now: Ms; readonly monotonic: number }): number | undefined {
    // Never a retry: its delay is a lower bound.
    this.earliestAt = Number.POSITIVE_INFINITY;
    const { interval } = this;
    const isWanted = this.subscribers.size > 0 && (!isPinned(this.reference) || this.#isLacked());
    if (interval === undefined || !isWanted) {
      // Nobody waits for what was not read.
      this.madeUp();
      return undefined;
    }
    if (this.observation.kind === 'failed') return this.#makeUpAt ?? this.retryAt;
    this.#slot = nextSlot(this.phase, interval, clock.now, this.#served);
    const at = Math.min(clock.monotonic + (this.#slot - clock.now), this.#makeUpAt ?? Number.POSITIVE_INFINITY);
    this.earliestAt = at - earliness(interval);
    return at;
  }

  /** A read that did not take place is made up for at this time (monotonic); `missed`: the slot, or a time before it. */
  makeUp(at: number, missed?: Ms): void {
    this.#makeUpAt = at;
    this.#owed ??= missed;
  }

  /** What another reference takes over that is subscribed to in its place. */
  predecessor({ now, monotonic }: { readonly now: Ms; readonly monotonic: number }): Predecessor {
    const isDue = this.dueAt < Number.POSITIVE_INFINITY;
    // It is being read.
    const owed = isDue ? undefined : this.owedSince({ now, monotonic });
    return { confirmedAt: this.confirmedAt, dueAt: owed === undefined ? this.dueAt : monotonic };
  }

  /**
   * It is subscribed to in the place of a reference to the same as another identity. Until it was read itself, the other's confirmation counts, and
   * it is read when the other would have been, at the latest. `now`: wall clock.
   */
  takeOver({ confirmedAt, dueAt }: Predecessor, now: Ms): void {
    if (this.observation.kind !== 'unknown') return;
    if (confirmedAt > 0) this.confirmedAt = this.confirmedAt === 0 ? confirmedAt : Math.min(this.confirmedAt, confirmedAt);
    const { interval } = this;
    if (interval === undefined || dueAt === Number.POSITIVE_INFINITY) return;
    // Nobody has served its own last slot, if the slots of the other lie elsewhere: the next process must know.
    const slot = ms(slotAfter(this.phase, interval, now) - interval);
    const isMissed = slot - earliness(interval) > confirmedAt;
    this.makeUp(Math.min(dueAt, this.#makeUpAt ?? dueAt), isMissed ? slot : undefined);
  }

  /** Is a read to be made up for? */
  get makesUp(): boolean {
    return this.#makeUpAt !== undefined;
  }

  /** It was answered. */
  madeUp(): void {
    this.#makeUpAt = undefined;
    this.#owed = undefined;
  }

  /** Since when (wall clock) a read is due; undefined while none is. What fails is left out: everybody has heard of it. */
  owedSince({ now, monotonic }: { readonly now: Ms; readonly monotonic: number }): Ms | undefined {
    if (this.subscribers.size === 0 || this.observation.kind === 'failed') return undefined;
    return this.#owed ?? (this.dueAt < monotonic ? ms(now - (monotonic - this.dueAt)) : undefined);
  }

  /** It is read now for the slot that it waited for, perhaps a little early. */
  take(): void {
    this.#served = this.#slot;
    this.#owed ??= this.#slot;
  }

  /** Is this version another one than was seen last, and does somebody not hold it? */
  isNews(versionId: string): boolean {
    const { observation } = this;
    if (observation.kind === 'version' && observation.versionId === versionId) return false;
    for (const { held } of this.subscribers.values()) if (held !== versionId) return true;
    return false;
  }

  /** Does somebody need a pinned version that nobody has read yet? */
  #isLacked(): boolean {
    if (this.observation.kind === 'version') return false;
    for (const { held } of this.subscribers.values()) if (held === undefined) return true;
    return false;
  }
}

/** By what they refer to: the identity alone may have changed. */
export function predecessorsOf(
  left: readonly TrackedReference[],
  clock: Pick<Clock, 'now' | 'monotonic'>,
): ReadonlyMap<string, Predecessor> {
  const at = { now: clock.now(), monotonic: clock.monotonic() };
  return new Map(left.map((tracked) => [valueKey(tracked.reference), tracked.predecessor(at)]));
}

/** Whether the first of two versions was made before the second, by when AWS made them; false where that is not known. */
export function isOlder(createdDate: string | undefined, than: string | undefined): boolean {
  return createdDate !== undefined && than !== undefined && createdDate < than;
}

/** Neither events nor lists tell of tags or of what a query finds: nothing stretches their interval. */
function termsOf({ reference, refreshInterval: asked, reliance, listedMaxAge }: Interest, minInterval: Ms): PollTerms | undefined {
  if (asked === undefined || asked <= 0) return undefined;
  const interval = ms(Math.max(asked, minInterval));
  const { kind } = reference.version;
  return kind === 'tags' || kind === 'query' ? { interval } : { interval, reliance, listedMaxAge };
}
