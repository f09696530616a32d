/**
 * All reads of the operator meet here: those that come within a few milliseconds are planned together, identical ones share one call, and each
 * identity has a number of calls of its own, so that a slow one delays nobody else. A caller that gives up takes no one else's read along.
 */
import type { Outcome } from '../../api/failure.ts';
import { batchSize } from '../../aws/batch-calls.ts';
import { type Identity, identityKey } from '../../aws/credentials/identity.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { type Ms, ms } from '../../base/clock.ts';
import { failed } from '../../base/result.ts';
import type { Urgency } from '../limits/shared-budget.ts';
import { ByteTurns } from '../limits/byte-limiter.ts';
import { type Answers, missing } from './call-executor.ts';
import type { Gate } from '../limits/circuit-breakers.ts';
import type { Lane } from './identity-queue.ts';
import { operationOf, type PlannedCall, planCalls } from './plan-calls.ts';
import type { ReferenceKey } from '../port.ts';
import type { Answer, ReaderOptions, ReadWish } from './read-coalescer-options.ts';
import { isBatchable, isQuery, type KeyedReference } from '../references/reference-key.ts';
import { type Slot, Slots } from './pending-reads.ts';
import { waitForAll, waitForOne } from './waiter.ts';

const DEFAULT_WINDOW = ms(3);
/** Nobody waits longer than this for others to fill a batch. */
const LONGEST_WINDOW = ms(250);
/** Of an identity at the same time. */
const MAX_CALLS = 10;
/** Of these for one namespace: another one finds a place, also while all of those hang. */
const MAX_CALLS_OF_NAMESPACE = 8;
/** The rest is for what somebody waits for. */
const MAX_CALLS_TO_REFRESH = 6;
/** Beside these: pages of queries. */
const MAX_QUERIES = 3;
const MAX_QUERIES_OF_NAMESPACE = 2;
/** So many sets are kept half at most; beyond that each namespace may have one. */
const MAX_BEGUN = 4;

export class Reader {
  readonly #options: ReaderOptions;
  readonly #slots: Slots;
  readonly #bytes: ByteTurns;
  #windowOpen = false;
  #order = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    const { clock, lifetime } = options;
    this.#bytes = new ByteTurns({ clock, lifetime, onTurn: () => this.#pumpAll(), onEnd: (reason) => this.#rejectAll(reason) });
    this.#slots = new Slots(clock, (lane, slot) => {
      // A query has no call that it could share.
      if (isQuery(slot.reference)) this.#pumpQueries(lane);
      else if (!this.#windowOpen) void this.#openWindow();
    });
  }

  /** Whether a read that waits or is under way would do for such a wish. */
  isShared(key: ReferenceKey, fresh: boolean): boolean {
    return this.#slots.isShared(key, fresh);
  }

  /** Rejects only when the lifetime ends. */
  read(wanted: KeyedReference, wish: ReadWish): Promise<Outcome<SecretVersion>> {
    const { promise, waiter } = waitForOne();
    this.#slots.queue(wanted, { namespace: this.#options.namespaceOf(wanted.key), ...wish }, waiter);
    return promise;
  }

  /** Reads what nobody waits for. Resolves when all answers have been noted; rejects when the lifetime ends, or with a defect. */
  refresh(due: readonly KeyedReference[]): Promise<void> {
    const { promise, waiter } = waitForAll(due.length);
    const { namespaceOf } = this.#options;
    for (const one of due) this.#slots.queue(one, { fresh: false, wanted: false, namespace: namespaceOf(one.key) }, waiter);
    return promise;
  }

  /** Since when (monotonic) calls as this identity are under way and nothing is answered; undefined when all is well. */
  silentSince(identity: Identity): number | undefined {
    return this.#slots.laneOf(identity)?.silentSince;
  }

  async #openWindow(): Promise<void> {
    const { clock, lifetime, window = DEFAULT_WINDOW, moreToCome = () => false } = this.#options;
    this.#windowOpen = true;
    try {
      do await clock.sleep(window, lifetime);
      while (moreToCome() && !this.#slots.lanes.some((lane) => this.#isDue(lane)));
    } catch (error) {
      this.#rejectAll(error);
      return;
    } finally {
      this.#windowOpen = false;
    }
    const fill = moreToCome();
    this.#pumpAll(fill);
    if (fill && this.#slots.lanes.some((lane) => lane.size > 0 && !this.#isHeldBack(lane))) void this.#openWindow();
  }

  /** It fills a batch, or somebody has waited long enough, and it may send something. */
  #isDue(lane: Lane): boolean {
    const { oldest, identity } = lane;
    if (oldest === undefined || this.#isHeldBack(lane)) return false;
    return lane.size >= batchSize(identity.service) || this.#options.clock.monotonic() - oldest >= LONGEST_WINDOW;
  }

  /** Something else than the window decides when it goes on: a call that ends, or its budget. */
  #isHeldBack(lane: Lane): boolean {
    if (lane.isOutOfBudget || lane.active >= MAX_CALLS || this.#bytes.holdsBack(lane)) return true;
    return lane.active >= MAX_CALLS_TO_REFRESH && !lane.hasWantedBelow(MAX_CALLS_OF_NAMESPACE);
  }

  /** Those that were served last come last. */
  #pumpAll(fill = false): void {
    // A copy: a lane that is served moves to the end.
    const lanes = [...this.#slots.lanes];
    for (const lane of lanes) this.#pump(lane, fill);
  }

  #rejectAll(reason: unknown): void {
    for (const lane of this.#slots.lanes) this.#slots.reject(lane.waiting(), reason);
  }

  /** Starts as many calls as the identity may have; `fill`: a batch with room waits for those who come next. */
  #pump(lane: Lane, fill = false): void {
    const { permissions, calls } = this.#options;
    lane.outOfBudgetFor = undefined;
    this.#refuseIfClosed(lane);
    const batch = permissions.allows(identityKey(lane.identity));
    const isApart = (key: ReferenceKey): boolean => calls.isApart(key);
    const waiting = lane.values(MAX_CALLS_OF_NAMESPACE, this.#bytes.may);
    for (const call of planCalls(waiting, { batch, limit: MAX_CALLS - lane.active, isApart })) {
      const full = call.length === batchSize(lane.identity.service) || !batch || !isBatchable(call[0].reference);
      if ((!fill || full || this.#isDue(lane)) && this.#mayStart(lane, call)) this.#start(lane, call);
    }
    this.#bytes.await(lane);
    this.#pumpQueries(lane);
    this.#slots.leave(lane);
  }

  #pumpQueries(lane: Lane): void {
    if (!lane.hasQueries) return;
    this.#refuseIfClosed(lane);
    for (const slot of lane.queries()) {
      const namespace = slot.takenFor;
      if (lane.activeQueries() >= MAX_QUERIES) return;
      if (lane.activeQueries(namespace) >= MAX_QUERIES_OF_NAMESPACE) continue;
      if (slot.begun === undefined && lane.begunQueries() >= MAX_BEGUN && lane.begunQueries(namespace) > 0) continue;
      // Somebody waits, but one who asks for a thousand pages must leave something for the others.
      const urgency: Urgency = slot.wanted && slot.begun === undefined ? 'wanted' : 'refresh';
      const wait = this.#options.budgets.take(lane.identity, 'list', urgency, namespace);
      if (wait > 0) void this.#pumpAfter(lane, 'queries', wait);
      else this.#start(lane, [slot]);
    }
  }

  /** Is there room and budget? If not, the lane is looked at again when there is. */
  #mayStart(lane: Lane, call: PlannedCall<Slot>): boolean {
    const urgency: Urgency = call.some(({ wanted }) => wanted) ? 'wanted' : 'refresh';
    const namespace = call[0].takenFor;
    if (lane.active >= (urgency === 'wanted' ? MAX_CALLS : MAX_CALLS_TO_REFRESH)) return false;
    if (lane.activeOf(namespace) >= MAX_CALLS_OF_NAMESPACE || !this.#bytes.may(namespace, urgency)) return false;
    const wait = this.#options.budgets.take(lane.identity, operationOf(call), urgency, namespace);
    if (wait === 0) return true;
    if (lane.outOfBudgetFor !== 'wanted') lane.outOfBudgetFor = urgency;
    void this.#pumpAfter(lane, 'values', wait);
    return false;
  }

  async #pumpAfter(lane: Lane, what: keyof Lane['wakesAt'], wait: Ms): Promise<void> {
    const { clock, lifetime } = this.#options;
    const at = clock.monotonic() + wait;
    if (at >= lane.wakesAt[what]) return;
    lane.wakesAt[what] = at;
    try {
      await clock.sleep(wait, lifetime);
    } catch (error) {
      lane.wakesAt[what] = Number.POSITIVE_INFINITY;
      this.#slots.reject(lane.waiting(), error);
      return;
    }
    if (lane.wakesAt[what] !== at) return;
    lane.wakesAt[what] = Number.POSITIVE_INFINITY;
    if (what === 'values') this.#pump(lane);
    else this.#pumpQueries(lane);
  }

  #refuseIfClosed(lane: Lane): void {
    const gate = this.#options.gates.closed(lane.identity);
    if (gate !== undefined) this.#refuse(lane, gate);
  }

  /** Nothing that waits can be read now. */
  #refuse(lane: Lane, { failure, until, only }: Gate): void {
    const transient = failure.reason === 'Throttled' || failure.reason === 'AWSUnavailable';
    const order = this.#order;
    for (const slot of lane.waiting()) {
      // The end of one may make the others wait for nothing as well.
      if (slot.started || (only !== undefined && [...slot.namespaces].some((namespace) => namespace !== only))) continue;
      slot.started = true;
      lane.remove(slot);
      // What was not tried has not failed: those who hold a value are told only of what a person has to mend.
      if (slot.wanted || !transient) void this.#conclude(slot, { outcome: failed(failure), order });
      else {
        this.#options.postpone(slot, until);
        this.#slots.answer(slot, failed(failure));
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
    const ofQuery = isQuery(call[0].reference);
    const made = { order: (this.#order += 1), at: clock.monotonic() };
    const begun = ofQuery ? (call[0].begun ??= made) : made;
    const underWay = lane.begin(made.at, ofQuery, call[0].takenFor);
    this.#slots.served(lane);
    const counted = this.#bytes.begin(call);
    let answered: Answers | undefined;
    try {
      const answers = await calls.make(call);
      if (answers === 'continued') this.#options.onPage();
      if (typeof answers === 'string') this.#slots.again(call);
      else {
        answered = answers;
        const told = { order: begun.order, age: ms(ofQuery ? clock.monotonic() - begun.at : 0) };
        await Promise.all(
          call.flatMap((slot) => this.#conclude(slot, { outcome: answers.get(slot.key) ?? missing(slot.reference), ...told }) ?? []),
        );
      }
    } catch (error) {
      this.#slots.reject(call, error);
    } finally {
      lane.end(underWay, clock.monotonic());
      this.#bytes.end(counted, answered);
      // An open window is about to do it, with whatever else comes.
      if (this.#windowOpen) this.#pumpQueries(lane);
      else if (this.#bytes.takeWaiting()) this.#pumpAll();
      else this.#pump(lane);
    }
  }

  /** A promise only where the answer has to be checked first. */
  #conclude(slot: Slot, answer: Pick<Answer, 'outcome' | 'order' | 'age'>): Promise<void> | undefined {
    const { key, reference, wanted } = slot;
    try {
      const concluded = this.#options.conclude({ key, reference, wanted, ...answer });
      if (!(concluded instanceof Promise)) this.#slots.answer(slot, concluded);
      else {
        return concluded.then(
          (outcome) => this.#slots.answer(slot, outcome),
          (error: unknown) => this.#slots.reject([slot], error),
        );
      }
    } catch (error) {
      this.#slots.reject([slot], error);
    }
    return undefined;
  }
}
