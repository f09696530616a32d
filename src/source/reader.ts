/**
 * All reads of the operator meet here: those that come within a few milliseconds are planned together, identical ones share one call, and each
 * identity has a number of calls of its own, so that a slow one delays nobody else. A caller that gives up takes no one else's read along.
 */
import type { Outcome } from '../api/failure.ts';
import { batchSize } from '../aws/batch-calls.ts';
import type { Identity, IdentityKey } from '../aws/identity.ts';
import type { SecretVersion } from '../aws/port.ts';
import { type Ms, ms } from '../base/clock.ts';
import { failed } from '../base/result.ts';
import type { Urgency } from './budget/budgets.ts';
import { missing } from './calls.ts';
import type { Gate } from './gates/gates.ts';
import { Lane, type Slot } from './lane.ts';
import { operationOf, type PlannedCall, planCalls } from './planner.ts';
import type { ReferenceKey, RemoteReference } from './port.ts';
import type { Answer, ReaderOptions, ReadWish } from './reader-options.ts';
import { isBatchable, keyOfIdentity, type KeyedReference, referenceKey } from './reference-key.ts';
import { waitForAll, waitForOne, type Waiter } from './waiter.ts';

const DEFAULT_WINDOW = ms(3);
/** Nobody waits longer than this for others to fill a batch. */
const LONGEST_WINDOW = ms(250);
/** Of an identity at the same time. */
const MAX_CALLS = 8;
/** The rest is for what somebody waits for. */
const MAX_CALLS_TO_REFRESH = 6;
/** Queries take page after page: the rest is for values. */
const MAX_QUERIES = 2;

export class Reader {
  readonly #options: ReaderOptions;
  readonly #slots = new Map<ReferenceKey, Slot>();
  readonly #lanes = new Map<IdentityKey, Lane>();
  #windowOpen = false;
  #order = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Rejects only when the lifetime ends. */
  read(wanted: KeyedReference, wish: ReadWish): Promise<Outcome<SecretVersion>> {
    const { promise, waiter } = waitForOne();
    this.#queue(wanted, wish, waiter);
    return promise;
  }

  /** Reads what nobody waits for. Resolves when all answers have been noted; rejects when the lifetime ends, or with a defect. */
  refresh(due: readonly KeyedReference[]): Promise<void> {
    const { promise, waiter } = waitForAll(due.length);
    for (const one of due) this.#queue(one, { fresh: false, wanted: false }, waiter);
    return promise;
  }

  /** Is an answer on its way? */
  isReading(reference: RemoteReference): boolean {
    return this.#slots.has(referenceKey(reference));
  }

  /** Since when (monotonic) calls as this identity are under way and nothing is answered; undefined when all is well. */
  silentSince(identity: Identity): number | undefined {
    return this.#lanes.get(keyOfIdentity(identity))?.silentSince;
  }

  #queue({ key, reference }: KeyedReference, { fresh, wanted }: ReadWish, waiter: Waiter): void {
    const known = this.#slots.get(key);
    if (known !== undefined && (!fresh || !known.started)) {
      known.waiters.push(waiter);
      known.forced ||= fresh;
      // Pages that were read before somebody asked for what is there now.
      if (fresh) known.found = undefined;
      if (wanted && !known.wanted) {
        known.wanted = true;
        if (!known.started) this.#lane(reference.identity).add(known);
      }
      return;
    }
    const since = this.#options.clock.monotonic();
    const slot: Slot = { key, reference, waiters: [waiter], since, started: false, wanted, forced: fresh };
    this.#slots.set(key, slot);
    this.#lane(reference.identity).add(slot);
    if (!this.#windowOpen) void this.#openWindow();
  }

  #lane(identity: Identity): Lane {
    const key = keyOfIdentity(identity);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = new Lane(identity);
    this.#lanes.set(key, lane);
    return lane;
  }

  async #openWindow(): Promise<void> {
    const { clock, lifetime, window = DEFAULT_WINDOW, moreToCome = () => false } = this.#options;
    this.#windowOpen = true;
    try {
      do await clock.sleep(window, lifetime);
      while (moreToCome() && !this.#lanes.values().some((lane) => this.#isDue(lane)));
    } catch (error) {
      for (const lane of this.#lanes.values()) this.#reject(lane, [...lane.waiting()], error);
      return;
    } finally {
      this.#windowOpen = false;
    }
    const fill = moreToCome();
    for (const lane of this.#lanes.values()) this.#pump(lane, fill);
    if (fill && this.#lanes.values().some((lane) => lane.size > 0 && !this.#isHeldBack(lane))) void this.#openWindow();
  }

  /** It fills a batch, or somebody has waited long enough, and it may send something. */
  #isDue(lane: Lane): boolean {
    const { oldest, identity } = lane;
    if (oldest === undefined || this.#isHeldBack(lane)) return false;
    return lane.size >= batchSize(identity.service) || this.#options.clock.monotonic() - oldest >= LONGEST_WINDOW;
  }

  /** Something else than the window decides when it goes on: a call that ends, or its budget. */
  #isHeldBack(lane: Lane): boolean {
    return lane.active >= MAX_CALLS || lane.isOutOfBudget;
  }

  /** Starts as many calls as the identity may have; `fill`: a batch with room waits for those who come next. */
  #pump(lane: Lane, fill = false): void {
    const { gates, permissions, calls } = this.#options;
    lane.outOfBudgetFor = undefined;
    const gate = gates.closed(lane.identity);
    if (gate !== undefined) this.#refuse(lane, gate);
    const batch = permissions.allows(keyOfIdentity(lane.identity));
    const isApart = (key: ReferenceKey): boolean => calls.isApart(key);
    const room = { limit: MAX_CALLS - lane.active, queries: Math.max(MAX_QUERIES - lane.activeQueries, 0) };
    for (const call of planCalls(lane.waiting(), { batch, ...room, isApart })) {
      const full = call.length === batchSize(lane.identity.service) || !batch || !isBatchable(call[0].reference);
      if ((!fill || full || this.#isDue(lane)) && this.#mayStart(lane, call)) this.#start(lane, call);
    }
    const key = keyOfIdentity(lane.identity);
    if (lane.active === 0 && lane.size === 0 && this.#lanes.get(key) === lane) this.#lanes.delete(key);
  }

  /** Is there room and budget? If not, the lane is looked at again when there is. */
  #mayStart(lane: Lane, call: PlannedCall<Slot>): boolean {
    const urgency: Urgency = call.some(({ wanted }) => wanted) ? 'wanted' : 'refresh';
    if (lane.active >= (urgency === 'wanted' ? MAX_CALLS : MAX_CALLS_TO_REFRESH)) return false;
    const wait = this.#options.budgets.take(lane.identity, operationOf(call), urgency);
    if (wait === 0) return true;
    if (lane.outOfBudgetFor !== 'wanted') lane.outOfBudgetFor = urgency;
    void this.#pumpAfter(lane, wait);
    return false;
  }

  async #pumpAfter(lane: Lane, wait: Ms): Promise<void> {
    const { clock, lifetime } = this.#options;
    const at = clock.monotonic() + wait;
    if (at >= lane.wakesAt) return;
    lane.wakesAt = at;
    try {
      await clock.sleep(wait, lifetime);
    } catch (error) {
      this.#reject(lane, [...lane.waiting()], error);
      return;
    }
    if (lane.wakesAt !== at) return;
    lane.wakesAt = Number.POSITIVE_INFINITY;
    this.#pump(lane);
  }

  /** Nothing that waits can be read now, except what somebody forces. */
  #refuse(lane: Lane, { failure, until }: Gate): void {
    const transient = failure.reason === 'Throttled' || failure.reason === 'AWSUnavailable';
    const order = this.#order;
    for (const slot of [...lane.waiting()].filter(({ forced }) => !forced)) {
      slot.started = true;
      lane.remove(slot);
      // What was not tried has not failed: those who hold a value are told only of what a person has to mend.
      if (slot.wanted || !transient) void this.#conclude(lane, slot, { outcome: failed(failure), order });
      else {
        this.#options.postpone(slot, until);
        this.#answer(lane, slot, failed(failure));
      }
    }
  }

  #start(lane: Lane, call: PlannedCall<Slot>): void {
    for (const slot of call) {
      slot.started = true;
      lane.remove(slot);
    }
    void this.#carryOut(lane, call);
  }

  async #carryOut(lane: Lane, call: PlannedCall<Slot>): Promise<void> {
    const { clock, calls } = this.#options;
    const order = (this.#order += 1);
    const underWay = lane.begin(clock.monotonic(), operationOf(call) === 'list');
    try {
      const answers = await calls.make(call);
      if (answers === 'batch-denied' || answers === 'continued') this.#again(lane, call);
      else
        await Promise.all(
          call.flatMap((slot) => this.#conclude(lane, slot, { outcome: answers.get(slot.key) ?? missing(slot.reference), order }) ?? []),
        );
    } catch (error) {
      this.#reject(lane, call, error);
    } finally {
      lane.end(underWay, clock.monotonic());
      // An open window is about to do it, with whatever else comes.
      if (!this.#windowOpen) this.#pump(lane);
    }
  }

  /** A promise only where the answer has to be checked first. */
  #conclude(lane: Lane, slot: Slot, answer: Pick<Answer, 'outcome' | 'order'>): Promise<void> | undefined {
    const { key, reference, wanted } = slot;
    try {
      const concluded = this.#options.conclude({ key, reference, wanted, ...answer });
      if (!(concluded instanceof Promise)) this.#answer(lane, slot, concluded);
      else {
        return concluded.then(
          (outcome) => this.#answer(lane, slot, outcome),
          (error: unknown) => this.#reject(lane, [slot], error),
        );
      }
    } catch (error) {
      this.#reject(lane, [slot], error);
    }
    return undefined;
  }

  #answer(lane: Lane, slot: Slot, outcome: Outcome<SecretVersion>): void {
    this.#end(lane, slot);
    for (const { answered } of slot.waiters) answered(outcome);
  }

  #reject(lane: Lane, slots: readonly Slot[], reason: unknown): void {
    for (const slot of slots) {
      this.#end(lane, slot);
      for (const { rejected } of slot.waiters) rejected(reason);
    }
  }

  #end(lane: Lane, slot: Slot): void {
    lane.remove(slot);
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
  }

  #again(lane: Lane, slots: readonly Slot[]): void {
    for (const slot of slots) {
      // Somebody may have forced a read of the same meanwhile, which answers these, too.
      const waiting = lane.get(slot.key) ?? slot;
      if (waiting !== slot) waiting.waiters.push(...slot.waiters);
      waiting.wanted ||= slot.wanted;
      waiting.started = false;
      lane.add(waiting);
    }
  }
}
