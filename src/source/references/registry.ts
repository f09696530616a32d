/**
 * All references with subscribers, and for a minute or two references that were only read. Records answers, notifies dependants, and keeps
 * the due times. Makes no calls.
 */
import type { IdentityKey } from '../../aws/credentials/identity.ts';
import { type Ms, ms } from '../../base/time/clock.ts';
import type { Priority } from '../../base/priority.ts';
import { DueQueue } from '../schedule/due-queue.ts';
import { ReferenceIndex } from './reference-index.ts';
import type { ReadObserver } from './read-observer.ts';
import { type Freshness, freshnessOf, oldestConfirmation } from './dependant-freshness.ts';
import { IdleReferences } from './idle-references.ts';
import { Listables } from './listables.ts';
import { MissedSlots, type MissedSlotsOptions } from './missed-slots.ts';
import { priorityFor, priorityOnSubscribe, priorityWithoutRefresh } from './notify-dependants.ts';
import type { DatedVersion, DependantKey, Interest, Observation, ReferenceKey, RemoteReference } from '../port.ts';
import { type RecordedAnswer, recordAnswer } from './record-answer.ts';
import { type KeyedReference, referenceKey, valueKey } from './reference-key.ts';
import { type Subscriber, UNKNOWN } from './subscriber.ts';
import { type Predecessor, predecessorsOf, TrackedReference } from './tracked-reference.ts';

export interface RegistryOptions extends MissedSlotsOptions {
  /** `since` (wall clock): due time of the read that showed the change. */
  readonly onChange: (dependant: DependantKey, priority: Priority, since: Ms) => void;
  /** A read is due earlier than before, at this monotonic time. */
  readonly onDue: (at: number) => void;
  readonly minInterval: Ms;
  /** Whether lists are made with this identity, for stores that permit them. */
  readonly mayList?: (identity: IdentityKey) => boolean;
  /** The reference is no longer tracked. */
  readonly onForgotten?: (key: ReferenceKey) => void;
  readonly readObserver?: ReadObserver | undefined;
}

export class Registry {
  readonly #options: RegistryOptions;
  readonly #tracked = new Map<ReferenceKey, TrackedReference>();
  readonly #ofDependant = new Map<DependantKey, readonly TrackedReference[]>();
  readonly #idle = new IdleReferences<TrackedReference>();
  /** The identity whose turn is next is first. */
  readonly due = new Map<IdentityKey, DueQueue<TrackedReference>>();
  /** References that lists can show. */
  readonly listable = new Listables();
  /** References by the names in events. */
  readonly index = new ReferenceIndex();
  readonly #missed: MissedSlots;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#missed = new MissedSlots(options);
  }

  find(key: ReferenceKey): TrackedReference | undefined {
    return this.#tracked.get(key);
  }

  observe(reference: RemoteReference): Observation {
    return this.#tracked.get(referenceKey(reference))?.observation ?? UNKNOWN;
  }

  subscribe(dependant: DependantKey, interests: readonly Interest[]): void {
    this.forgetIdle();
    const wanted = new Map(interests.map((interest) => [referenceKey(interest.reference), interest]));
    const unsubscribed = (this.#ofDependant.get(dependant) ?? []).filter(({ key }) => !wanted.has(key));
    const predecessors = predecessorsOf(unsubscribed, this.#options.clock);
    for (const tracked of unsubscribed) this.#unsubscribe(tracked, dependant);
    const subscribed = Array.from(wanted, ([key, interest]) => {
      const tracked = this.#track({ key, reference: interest.reference });
      return { tracked, interest };
    });
    this.#keep(
      dependant,
      subscribed.map(({ tracked }) => tracked),
    );
    for (const { tracked, interest } of subscribed) {
      this.#subscribe(dependant, tracked, interest);
      const predecessor = predecessors.size > 0 ? predecessors.get(valueKey(interest.reference)) : undefined;
      if (predecessor !== undefined) this.#takeOver(tracked, predecessor);
    }
  }

  /** Whether the dependant is subscribed to any reference. */
  isSubscribed(dependant: DependantKey): boolean {
    return this.#ofDependant.has(dependant);
  }

  /**
   * Time of the last confirmation of the dependant's oldest reference (wall clock). Undefined if one of them was never confirmed, or it has
   * none.
   */
  confirmedAt(dependant: DependantKey): Ms | undefined {
    return oldestConfirmation(this.#ofDependant.get(dependant) ?? []);
  }

  /** Undefined without a subscription of the dependant. */
  freshness(dependant: DependantKey): Freshness | undefined {
    const references = this.#ofDependant.get(dependant);
    return references === undefined ? undefined : freshnessOf(references, dependant);
  }

  /** Records an answer, and notifies each dependant that it concerns once. */
  record(answered: KeyedReference, answer: RecordedAnswer): void {
    this.forgetIdle();
    const tracked = this.#track(answered);
    const before = tracked.observation;
    const since = this.#dueSince(tracked);
    recordAnswer(tracked, answer, this.#options.clock.now());
    const { observation } = tracked;
    if (before.kind === 'version' && observation.kind === 'version' && before.versionId !== observation.versionId) {
      this.#options.readObserver?.versionChanged(tracked.reference, observation.versionId);
    }
    this.plan(tracked);
    for (const subscriber of tracked.subscribers) {
      const { terms, held } = subscriber;
      const level = terms === undefined ? priorityWithoutRefresh(before, observation) : priorityFor(before, observation, held);
      this.#notify(subscriber, observation, level, since);
    }
  }

  /** Sets the time of the next read. */
  plan(tracked: TrackedReference): void {
    const { clock, onDue } = this.#options;
    // The next read may be late: the refresher must check again when the next list is due.
    if (this.listable.plan(tracked)) onDue(clock.monotonic());
    this.#missed.catchUp(tracked);
    const at = tracked.plan({ now: clock.now(), monotonic: clock.monotonic() });
    const queue = this.due.get(tracked.identity) ?? new DueQueue<TrackedReference>();
    queue.set(tracked, at);
    if (queue.size === 0) this.due.delete(tracked.identity);
    else this.due.set(tracked.identity, queue);
    if (at !== undefined) onDue(at);
  }

  /** The identity comes last in `due`. */
  endTurn(identity: IdentityKey): void {
    const queue = this.due.get(identity);
    this.due.delete(identity);
    if (queue !== undefined) this.due.set(identity, queue);
  }

  /** A due read could not be made; `until` is monotonic. */
  postpone(key: ReferenceKey, until: number): void {
    const tracked = this.#tracked.get(key);
    if (tracked === undefined) return;
    tracked.scheduleCatchUp(until);
    this.plan(tracked);
  }

  /** The next read is due after `wait` at the latest; undefined: as planned. */
  refreshWithin(tracked: TrackedReference, wait: Ms | undefined): void {
    const at = this.#options.clock.monotonic() + (wait ?? Number.POSITIVE_INFINITY);
    if (at < tracked.dueAt) this.postpone(tracked.key, at);
  }

  /** A caller is about to read the reference. After this call its events and failures are tracked. */
  touch(requested: KeyedReference, held?: DatedVersion): void {
    this.#track(requested).noteHeld(held);
  }

  /** Whether polling may rely on events has changed. One reference in each step; the references may change between two. */
  *replanning(): Generator<void, void> {
    for (const tracked of this.#tracked.values()) {
      if (tracked.mayStretch) this.plan(tracked);
      yield;
    }
  }

  /**
   * The time (wall clock) until which all due reads were made; missed reads of earlier processes are made first. 0: unknown, because the
   * resources of a namespace were not listed or not read yet, so events for them may have been ignored.
   */
  readUntil(): Ms {
    return this.#missed.readUntil(this.#tracked.values());
  }

  /** Removes references without subscribers and recent requests. */
  forgetIdle(): void {
    for (const tracked of this.#idle.takeExpired(this.#options.clock.monotonic())) {
      this.#tracked.delete(tracked.key);
      this.index.delete(tracked);
      this.#options.onForgotten?.(tracked.key);
      this.#options.readObserver?.forget(tracked.reference);
    }
  }

  get size(): number {
    return this.#tracked.size;
  }

  get dependants(): number {
    return this.#ofDependant.size;
  }

  #keep(dependant: DependantKey, references: readonly TrackedReference[]): void {
    const before = this.#ofDependant.get(dependant);
    if (references.length === 0) this.#ofDependant.delete(dependant);
    else if (before?.length !== references.length || references.some((tracked, index) => tracked !== before[index]))
      this.#ofDependant.set(dependant, references);
  }

  #subscribe(dependant: DependantKey, tracked: TrackedReference, interest: Interest): void {
    const isFirst = !tracked.isUsed;
    const [intervalBefore, listedBefore] = [tracked.interval, tracked.listedInterval];
    const subscriber = tracked.subscribe(dependant, interest);
    if (isFirst && this.#options.mayList?.(tracked.identity) === true) this.listable.presume(tracked);
    const isChanged = tracked.interval !== intervalBefore || tracked.listedInterval !== listedBefore;
    if (isFirst || isChanged || interest.reference.version.kind === 'id') this.plan(tracked);
    if (subscriber !== undefined) this.#notifySubscriber(subscriber, tracked.observation);
  }

  #notifySubscriber(subscriber: Subscriber, observation: Observation): void {
    // A dependant without refreshes shows no failures.
    if (subscriber.terms === undefined && observation.kind === 'failed') return;
    this.#notify(subscriber, observation, priorityOnSubscribe(observation, subscriber.held, subscriber.notified));
  }

  #takeOver(tracked: TrackedReference, predecessor: Predecessor): void {
    tracked.takeOver(predecessor, this.#options.clock.now());
    this.plan(tracked);
  }

  #unsubscribe(tracked: TrackedReference, dependant: DependantKey): void {
    tracked.subscribe(dependant, undefined);
    if (!tracked.isUsed) this.#idle.enqueue(tracked, this.#options.clock.monotonic());
    this.plan(tracked);
  }

  #track(requested: KeyedReference): TrackedReference {
    const { key } = requested;
    const now = this.#options.clock.monotonic();
    const known = this.#tracked.get(key);
    if (known !== undefined) {
      if (!known.isUsed) this.#idle.enqueue(known, now);
      return known;
    }
    const tracked = new TrackedReference(requested, now, this.#options);
    this.#tracked.set(key, tracked);
    this.index.add(tracked);
    this.#idle.enqueue(tracked, now);
    return tracked;
  }

  #notify(subscriber: Subscriber, observation: Observation, priority: Priority | undefined, since = this.#options.clock.now()): void {
    if (priority === undefined) return;
    subscriber.notified = observation;
    this.#options.onChange(subscriber.dependant, priority, since);
  }

  /** The due time of the read; the current time if it is not overdue. */
  #dueSince(tracked: TrackedReference): Ms {
    const { clock } = this.#options;
    const now = clock.now();
    return ms(Math.min(tracked.overdueSince({ now, monotonic: clock.monotonic() }) ?? now, now));
  }
}
