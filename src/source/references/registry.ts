/**
 * All references that somebody is subscribed to, and for a minute or two those that were only read. Takes note of answers, tells who has to hear of
 * them, and keeps the due times up to date. No calls are made here.
 */
import type { IdentityKey } from '../../aws/credentials/identity.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Outcome } from '../../api/failure.ts';
import { type Ms, ms } from '../../base/clock.ts';
import type { Priority } from '../../base/priority.ts';
import { DueQueue } from '../schedule/due-queue.ts';
import { ReferenceIndex } from './reference-index.ts';
import type { ReadObserver } from '../events/read-observer.ts';
import { type Freshness, freshnessOf, oldestConfirmation } from './freshness.ts';
import { IdleReferences } from './idle-references.ts';
import { Listables } from '../list/listables.ts';
import { MissedSlots, type MissedSlotsOptions } from '../schedule/missed-slots.ts';
import { callFor, callOnSubscribe, callToShow, newsOf, observedAfter } from './notify-dependants.ts';
import type { DatedVersion, DependantKey, EventReliance, Interest, Observation, ReferenceKey, RemoteReference } from '../port.ts';
import { type KeyedReference, referenceKey, valueKey } from './reference-key.ts';
import { type Predecessor, predecessorsOf, type Subscriber, TrackedReference } from './tracked-reference.ts';

export interface RegistryOptions extends MissedSlotsOptions {
  /** `since` (wall clock): when the read was due that has shown the change. */
  readonly onChange: (dependant: DependantKey, priority: Priority, since: Ms) => void;
  /** Something is due earlier than before, at this monotonic time. */
  readonly onDue: (at: number) => void;
  readonly minInterval: Ms;
  /** Whether lists are made as this identity, for those stores that allow them. */
  readonly mayList?: (identity: IdentityKey) => boolean;
  /** Nobody uses it any more. */
  readonly onForgotten?: (key: ReferenceKey) => void;
  readonly readObserver?: ReadObserver | undefined;
}

/** An answer as the registry takes it. `retryAt` (monotonic) is for failures. */
export interface Noted {
  readonly outcome: Outcome<SecretVersion>;
  readonly order: number;
  /** How long ago AWS was asked. */
  readonly age: Ms;
  readonly retryAt: (failures: number) => number;
}

const UNKNOWN: Observation = { kind: 'unknown' };

export class Registry {
  readonly #options: RegistryOptions;
  readonly #tracked = new Map<ReferenceKey, TrackedReference>();
  readonly #ofDependant = new Map<DependantKey, readonly TrackedReference[]>();
  readonly #idle = new IdleReferences<TrackedReference>();
  readonly due = new Map<IdentityKey, DueQueue<TrackedReference>>();
  /** Those that lists may look at. */
  readonly listable = new Listables();
  /** By the names under which events speak of them. */
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
    const left = (this.#ofDependant.get(dependant) ?? []).filter(({ key }) => !wanted.has(key));
    const predecessors = predecessorsOf(left, this.#options.clock);
    for (const tracked of left) this.#unsubscribe(tracked, dependant);
    const subscribed = Array.from(wanted, ([key, interest]) => {
      const tracked = this.#track({ key, reference: interest.reference });
      return { tracked, interest };
    });
    if (wanted.size === 0) this.#ofDependant.delete(dependant);
    else
      this.#ofDependant.set(
        dependant,
        subscribed.map(({ tracked }) => tracked),
      );
    for (const { tracked, interest } of subscribed) {
      this.#subscribe(dependant, tracked, interest);
      const predecessor = predecessors.size > 0 ? predecessors.get(valueKey(interest.reference)) : undefined;
      if (predecessor !== undefined) this.#takeOver(tracked, predecessor);
    }
  }

  /** Whether the dependant is subscribed to anything. */
  isSubscribed(dependant: DependantKey): boolean {
    return this.#ofDependant.has(dependant);
  }

  /** When the stalest of the dependant's references was last confirmed, as wall clock; undefined when one of them never was or it has none. */
  confirmedAt(dependant: DependantKey): Ms | undefined {
    return oldestConfirmation(this.#ofDependant.get(dependant) ?? []);
  }

  /** Undefined when it is subscribed to nothing. */
  freshness(dependant: DependantKey): Freshness | undefined {
    const references = this.#ofDependant.get(dependant);
    return references === undefined ? undefined : freshnessOf(references, dependant);
  }

  /** Takes note of an answer. The news goes to those whom it concerns, each called once for it. */
  note(answered: KeyedReference, { outcome, order, age, retryAt }: Noted): void {
    this.forgetIdle();
    const tracked = this.#track(answered);
    const before = tracked.observation;
    const since = this.#dueSince(tracked);
    tracked.readOrder = order;
    tracked.madeUp();
    tracked.observation = observedAfter(before, outcome, this.#options.clock.now());
    // An outage before it says nothing about how long a denial should be left alone.
    const again = !outcome.ok && before.kind === 'failed' && before.failure.reason === outcome.failure.reason;
    tracked.failures = outcome.ok ? 0 : again ? tracked.failures + 1 : 1;
    if (outcome.ok) {
      tracked.saw({ versionId: outcome.value.versionId, createdDate: outcome.value.createdDate });
      tracked.confirmedAt = this.#options.clock.now() - age;
    } else tracked.retryAt = retryAt(tracked.failures);
    if (before.kind === 'version' && tracked.observation.kind === 'version' && before.versionId !== tracked.observation.versionId) {
      this.#options.readObserver?.moved(tracked.reference, tracked.observation.versionId);
    }
    this.plan(tracked);
    for (const subscriber of tracked.subscribers.values()) {
      const { terms, held } = subscriber;
      const news = terms === undefined ? callToShow(before, tracked.observation) : callFor(before, tracked.observation, held);
      this.#call(subscriber, tracked.observation, news, since);
    }
  }

  /** Sets the time of the next read. */
  plan(tracked: TrackedReference): void {
    const { clock, onDue } = this.#options;
    // Reads may be far apart then: whoever sleeps until the next one has to look again at when the next list is.
    if (this.listable.plan(tracked)) onDue(clock.monotonic());
    this.#missed.catchUp(tracked);
    const at = tracked.plan({ now: clock.now(), monotonic: clock.monotonic() });
    const queue = this.due.get(tracked.identity) ?? new DueQueue<TrackedReference>();
    queue.set(tracked, at);
    if (queue.size === 0) this.due.delete(tracked.identity);
    else this.due.set(tracked.identity, queue);
    if (at !== undefined) onDue(at);
  }

  /** It was due and could not be read; `until` is monotonic. */
  postpone(key: ReferenceKey, until: number): void {
    const tracked = this.#tracked.get(key);
    if (tracked === undefined) return;
    tracked.makeUp(until);
    this.plan(tracked);
  }

  /** Somebody is about to read it: what happens to it from now on concerns them. */
  touch(asked: KeyedReference, held?: DatedVersion): void {
    this.#track(asked).brings(held);
  }

  /** Whether events can be relied on is not as it was. */
  replan(): void {
    for (const tracked of this.#tracked.values()) if (tracked.mayStretch) this.plan(tracked);
  }

  /**
   * Until when (wall clock) all that was due was read; what others left is made up for first. 0: not known, because the resources of a namespace are not
   * known or were not read yet: events for them may have concerned nobody.
   */
  readUntil(): Ms {
    return this.#missed.readUntil(this.#tracked.values());
  }

  /** Forgets what nobody has asked for lately. */
  forgetIdle(): void {
    for (const tracked of this.#idle.takeOver(this.#options.clock.monotonic())) {
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

  #subscribe(dependant: DependantKey, tracked: TrackedReference, interest: Interest): void {
    const first = !tracked.isUsed;
    const [intervalBefore, listedBefore] = [tracked.interval, tracked.listedInterval];
    const subscriber = tracked.subscribe(dependant, interest);
    if (first && this.#options.mayList?.(tracked.identity) === true) this.listable.presume(tracked);
    const changed = tracked.interval !== intervalBefore || tracked.listedInterval !== listedBefore;
    if (first || changed || interest.reference.version.kind === 'id') this.plan(tracked);
    const { observation } = tracked;
    // Whoever only watches it shows no failures.
    if (subscriber === undefined || (subscriber.terms === undefined && observation.kind === 'failed')) return;
    this.#call(subscriber, observation, callOnSubscribe(observation, subscriber.held, subscriber.told));
  }

  #takeOver(tracked: TrackedReference, predecessor: Predecessor): void {
    tracked.takeOver(predecessor, this.#options.clock.now());
    this.plan(tracked);
  }

  #unsubscribe(tracked: TrackedReference, dependant: DependantKey): void {
    tracked.subscribe(dependant, undefined);
    if (!tracked.isUsed) this.#idle.rest(tracked, this.#options.clock.monotonic());
    this.plan(tracked);
  }

  #track(asked: KeyedReference): TrackedReference {
    const { key, reference } = asked;
    const now = this.#options.clock.monotonic();
    const known = this.#tracked.get(key);
    if (known !== undefined) {
      if (!known.isUsed) this.#idle.rest(known, now);
      return known;
    }
    const { readObserver, minInterval } = this.#options;
    const relies = (reliance: EventReliance): boolean => readObserver?.reliesOn(reference, reliance) === true;
    const tracked = new TrackedReference(asked, now, { relies, minInterval });
    this.#tracked.set(key, tracked);
    this.index.add(tracked);
    this.#idle.rest(tracked, now);
    return tracked;
  }

  #call(subscriber: Subscriber, observation: Observation, priority: Priority | undefined, since = this.#options.clock.now()): void {
    if (priority === undefined) return;
    subscriber.told = newsOf(observation);
    this.#options.onChange(subscriber.dependant, priority, since);
  }

  /** Now, if its read is not late. */
  #dueSince(tracked: TrackedReference): Ms {
    const { clock } = this.#options;
    const now = clock.now();
    return ms(Math.min(tracked.owedSince({ now, monotonic: clock.monotonic() }) ?? now, now));
  }
}
