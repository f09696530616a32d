/** The state of one reference: its last observation, its subscribers, and the time of its next read. */
import { type IdentityKey, identityKey } from '../../aws/credentials/identity.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { Dueable } from '../schedule/due-queue.ts';
import type { Idle } from './idle-references.ts';
import { namespaceOf } from './dependant.ts';
import { type Moment, NamespaceIntervals, type NeedingNamespaces } from './namespace-intervals.ts';
import type { Reliance } from './poll-intervals.ts';
import type { DatedVersion, DependantKey, Interest, Observation, ReferenceKey, RemoteReference } from '../port.ts';
import { isBatchable, isPinned, type KeyedReference, lastingKey, valueKey } from './reference-key.ts';
import { type Subscriber, subscriberFor, UNKNOWN } from './subscriber.ts';
import { Subscribers } from './subscribers.ts';
import { earliness, nextSlot, phaseOf, slotAfter } from '../schedule/slots.ts';

/** Time of the confirmation of a reference (wall clock; 0: never), and due time of its next read (monotonic; infinity: never). */
export interface Predecessor {
  readonly confirmedAt: number;
  readonly dueAt: number;
}

export interface RefreshLimits {
  /** Decides whether poll intervals of the reference may be extended now, for a subscriber that has opted in. */
  readonly readObserver?: Reliance;
  /** Minimum time between two reads, or two scans, of the reference. */
  readonly minInterval: Ms;
}

export class TrackedReference implements KeyedReference, Dueable, Idle {
  readonly key: ReferenceKey;
  readonly reference: RemoteReference;
  readonly identity: IdentityKey;
  readonly phase: number;
  readonly batchable: boolean;
  readonly subscribers = new Subscribers();
  observation: Observation = UNKNOWN;
  /** Wall clock: time of AWS's last confirmation of the version; a failure does not change it. 0: never. */
  confirmedAt = 0;
  #newest: DatedVersion | undefined;
  #seen = false;
  /** Whether the last list has shown the reference, so that reads may be less frequent. */
  covered = false;
  /** Number of consecutive failures. */
  failures = 0;
  /** Monotonic; valid while the observation is a failure. */
  retryAt = 0;
  /** The next slot (wall clock), and the slot of the last read. */
  #nextSlot: Ms | undefined;
  #servedSlot: Ms | undefined;
  /** The oldest slot (wall clock) that was due and has no answer. */
  #overdueSlot: Ms | undefined;
  /** Monotonic: time of an additional read, independent of slots; undefined after an answer. */
  #catchUpAt: number | undefined;
  /** Monotonic; set by the due queue. */
  dueAt = Number.POSITIVE_INFINITY;
  /** Monotonic time from which the reference may fill a batch. */
  earliestAt = Number.POSITIVE_INFINITY;
  /** Order of the call of the observation: a slow answer must not overwrite a later one. */
  readOrder = 0;
  /** Set by the queue of idle references. */
  idleSince: number;
  queuedSince: number | undefined;
  readonly #intervals: NamespaceIntervals;
  readonly #isListable: boolean;
  readonly #minInterval: Ms;
  #countedFor: string | undefined;

  constructor({ key, reference }: KeyedReference, now: number, { readObserver, minInterval }: RefreshLimits) {
    this.#intervals = new NamespaceIntervals(reference, readObserver);
    this.#minInterval = minInterval;
    this.key = key;
    this.reference = reference;
    this.identity = identityKey(reference.identity);
    this.phase = phaseOf(lastingKey(reference));
    this.batchable = isBatchable(reference);
    this.#isListable = reference.identity.service === 'SecretsManager' && reference.version.kind === 'stage';
    this.idleSince = now;
  }

  /** Sets or (undefined) ends the interest of a dependant. Returns the subscriber: the same one if the interest has not changed. */
  subscribe(dependant: DependantKey, interest: Interest | undefined): Subscriber | undefined {
    const before = this.subscribers.get(dependant);
    const subscriber = interest && subscriberFor(dependant, interest, before, this.#minInterval);
    if (subscriber !== before) {
      this.#intervals.replace(namespaceOf(dependant), before?.terms, subscriber?.terms);
      if (subscriber === undefined) this.subscribers.delete(dependant);
      else this.subscribers.set(subscriber);
    }
    if (interest !== undefined) this.#noteInterest(interest);
    return subscriber;
  }

  #noteInterest({ heldVersionId: held, heldCreatedDate }: Interest): void {
    if (held !== undefined) this.noteHeld({ versionId: held, createdDate: heldCreatedDate });
    // Subscribers have different versions, so lists have no single version to compare with. Only the first subscriber is compared, because
    // there may be thousands.
    if (this.observation.kind === 'unknown' && this.subscribers.first?.held !== held) this.covered = false;
  }

  /** The version that was read last, also after a failure. Before the first read, the newest version of a dependant. */
  get newest(): DatedVersion | undefined {
    return this.#newest;
  }

  /** A dependant has this version. */
  noteHeld(held: DatedVersion | undefined): void {
    if (!this.#seen && isOlder(this.#newest?.createdDate ?? '', held?.createdDate)) this.#newest = held;
  }

  noteSeen({ versionId, createdDate }: DatedVersion): void {
    this.#seen = true;
    if (this.#newest?.versionId !== versionId || this.#newest.createdDate !== createdDate) this.#newest = { versionId, createdDate };
  }

  /** The version that was read last. Before the first read, the version that all dependants have. */
  get knownVersion(): string | undefined {
    const { observation } = this;
    if (observation.kind !== 'unknown') return observation.kind === 'version' ? observation.versionId : undefined;
    const { first } = this.subscribers;
    for (const { held } of this.subscribers) if (held !== first?.held) return undefined;
    return first?.held;
  }

  /** The smallest interval of the subscribers, extended if events and lists permit it. */
  get interval(): Ms | undefined {
    return this.#intervals.all.smallest(this.covered);
  }

  /**
   * The interval between lists that show the reference. Undefined if no subscriber permits lists, no list can show it, or lists would save
   * no reads.
   */
  get listedInterval(): Ms | undefined {
    return this.mayBeListed ? this.#intervals.all.smallestListed : undefined;
  }

  /** Whether the versions in lists count for the reference. */
  get mayBeListed(): boolean {
    return this.#isListable && this.#intervals.all.mayList;
  }

  get isUsed(): boolean {
    return this.subscribers.size > 0;
  }

  /** A read for several namespaces counts for one of them: the one that `countFor` has set, as long as it needs reads. '' without subscribers. */
  get namespace(): string {
    if (this.#countedFor !== undefined && this.countsFor(this.#countedFor)) return this.#countedFor;
    return this.#intervals.first ?? Iterator.from(this.subscribers.dependants()).map(namespaceOf).next().value ?? '';
  }

  /** The next read counts for this namespace. */
  countFor(namespace: string): void {
    this.#countedFor = namespace;
  }

  /** Whether a read may count for the namespace: it has a subscriber that requests refreshes. */
  countsFor(namespace: string): boolean {
    return this.#intervals.has(namespace);
  }

  /** Some of the namespaces that need the due read at this time, without those that are `known`. */
  needing(at: Moment, known: (namespace: string) => boolean): NeedingNamespaces {
    const isForAll = this.observation.kind === 'failed' || this.hasCatchUp || this.confirmedAt === 0;
    const read = { phase: this.phase, covered: this.covered, confirmedAt: isForAll ? undefined : this.confirmedAt };
    return this.#intervals.needing(read, at, known);
  }

  /** The reference was taken from the due queue, and was answered before its read started. */
  get isAnswered(): boolean {
    return this.dueAt < Number.POSITIVE_INFINITY && this.#overdueSlot === undefined;
  }

  /** The reference has subscribers, but none of them requests refreshes: no call is made for it. */
  get isUnrefreshed(): boolean {
    return this.subscribers.size > 0 && this.interval === undefined;
  }

  /** Whether the reference is refreshed for the dependant, among others. */
  isRefreshedFor(dependant: DependantKey): boolean {
    return !isPinned(this.reference) && this.subscribers.get(dependant)?.terms !== undefined;
  }

  /** Whether a subscriber has opted in to longer intervals. */
  get mayStretch(): boolean {
    return this.#intervals.all.mayStretch;
  }

  /** Monotonic time of the next read, or undefined if none is needed. */
  plan(clock: { readonly now: Ms; readonly monotonic: number }): number | undefined {
    // Not for a retry, because its delay is a lower bound.
    this.earliestAt = Number.POSITIVE_INFINITY;
    const { interval } = this;
    const isNeeded = this.subscribers.size > 0 && (!isPinned(this.reference) || this.#isMissing());
    if (interval === undefined || !isNeeded) {
      // No subscriber waits for a missed read now.
      this.catchUpDone();
      return undefined;
    }
    if (this.observation.kind === 'failed') return this.#catchUpAt ?? this.retryAt;
    this.#nextSlot = nextSlot(this.phase, interval, clock.now, this.#servedSlot);
    const at = Math.min(clock.monotonic + (this.#nextSlot - clock.now), this.#catchUpAt ?? Number.POSITIVE_INFINITY);
    this.earliestAt = at - earliness(interval);
    return at;
  }

  /** Schedules an additional read for a read that did not take place, at `at` (monotonic); `missed`: the missed slot, or a time before it. */
  scheduleCatchUp(at: number, missed?: Ms): void {
    this.#catchUpAt = at;
    this.#overdueSlot ??= missed;
  }

  /** The state for the reference that replaces this one. */
  predecessor({ now, monotonic }: { readonly now: Ms; readonly monotonic: number }): Predecessor {
    const isDue = this.dueAt < Number.POSITIVE_INFINITY;
    // Not in the due queue: the read is in progress.
    const overdue = isDue ? undefined : this.overdueSince({ now, monotonic });
    return { confirmedAt: this.confirmedAt, dueAt: overdue === undefined ? this.dueAt : monotonic };
  }

  /**
   * The reference replaces one of the same secret with another identity. Until its own first read, the confirmation of the other counts,
   * and it is read no later than the other would have been. `now`: wall clock.
   */
  takeOver({ confirmedAt, dueAt }: Predecessor, now: Ms): void {
    if (this.observation.kind !== 'unknown') return;
    if (confirmedAt > 0) this.confirmedAt = this.confirmedAt === 0 ? confirmedAt : Math.min(this.confirmedAt, confirmedAt);
    const { interval } = this;
    if (interval === undefined || dueAt === Number.POSITIVE_INFINITY) return;
    // If the slots of the other differ, no read was made for the last slot of this one. The next process must know that.
    const slot = ms(slotAfter(this.phase, interval, now) - interval);
    const isMissed = slot - earliness(interval) > confirmedAt;
    this.scheduleCatchUp(Math.min(dueAt, this.#catchUpAt ?? dueAt), isMissed ? slot : undefined);
  }

  /** Whether an additional read is scheduled. */
  get hasCatchUp(): boolean {
    return this.#catchUpAt !== undefined;
  }

  /** The reference was answered: no additional read is needed. */
  catchUpDone(): void {
    this.#catchUpAt = undefined;
    this.#overdueSlot = undefined;
  }

  /**
   * Wall clock time since which a read is overdue. Undefined without an overdue read. Failed references do not count, because their
   * dependants were notified.
   */
  overdueSince({ now, monotonic }: { readonly now: Ms; readonly monotonic: number }): Ms | undefined {
    if (this.subscribers.size === 0 || this.observation.kind === 'failed') return undefined;
    return this.#overdueSlot ?? (this.dueAt < monotonic ? ms(now - (monotonic - this.dueAt)) : undefined);
  }

  /** A read starts for the next slot, possibly slightly early. */
  take(): void {
    this.#servedSlot = this.#nextSlot;
    this.#overdueSlot ??= this.#nextSlot;
  }

  /** Whether this version differs from the version that was read last, and a subscriber does not have it. */
  isChange(versionId: string): boolean {
    const { observation } = this;
    if (observation.kind === 'version' && observation.versionId === versionId) return false;
    for (const { held } of this.subscribers) if (held !== versionId) return true;
    return false;
  }

  /** Whether a subscriber needs a pinned version that was not read yet. */
  #isMissing(): boolean {
    if (this.observation.kind === 'version') return false;
    for (const { held } of this.subscribers) if (held === undefined) return true;
    return false;
  }
}

/** By name and version: the replacing reference may differ in its identity only. */
export function predecessorsOf(
  left: readonly TrackedReference[],
  clock: Pick<Clock, 'now' | 'monotonic'>,
): ReadonlyMap<string, Predecessor> {
  const at = { now: clock.now(), monotonic: clock.monotonic() };
  return new Map(left.map((tracked) => [valueKey(tracked.reference), tracked.predecessor(at)]));
}

/** Whether the first version was made before the second, by the dates of AWS. False if a date is unknown. */
export function isOlder(createdDate: string | undefined, than: string | undefined): boolean {
  return createdDate !== undefined && than !== undefined && createdDate < than;
}
