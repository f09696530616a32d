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
import { ByteLimiter } from '../limits/byte-limiter.ts';
import { type Answers, missing } from './call-executor.ts';
import type { OpenBreaker } from '../limits/circuit-breakers.ts';
import type { IdentityQueue } from './identity-queue.ts';
import { operationOf, type PlannedCall, planCalls } from './plan-calls.ts';
import type { ReferenceKey } from '../port.ts';
import type { Answer, ReadCoalescerOptions, ReadWish } from './read-coalescer-options.ts';
import { isBatchable, isQuery, type KeyedReference } from '../references/reference-key.ts';
import { type PendingRead, PendingReads } from './pending-reads.ts';
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

export class ReadCoalescer {
  readonly #options: ReadCoalescerOptions;
  readonly #pendingReads: PendingReads;
  readonly #bytes: ByteLimiter;
  #windowOpen = false;
  #order = 0;

  constructor(options: ReadCoalescerOptions) {
    this.#options = options;
    const { clock, lifetime } = options;
    this.#bytes = new ByteLimiter({ clock, lifetime, onTurn: () => this.#pumpAll(), onEnd: (reason) => this.#rejectAll(reason) });
    this.#pendingReads = new PendingReads(clock, (identityQueue, pending) => {
      // A query has no call that it could share.
      if (isQuery(pending.reference)) this.#pumpQueries(identityQueue);
      else if (!this.#windowOpen) void this.#openWindow();
    });
  }

  /** Whether a read that waits or is under way would do for such a wish. */
  isShared(key: ReferenceKey, fresh: boolean): boolean {
    return this.#pendingReads.isShared(key, fresh);
  }

  /** Rejects only when the lifetime ends. */
  read(wanted: KeyedReference, wish: ReadWish): Promise<Outcome<SecretVersion>> {
    const { promise, waiter } = waitForOne();
    this.#pendingReads.queue(wanted, { namespace: this.#options.namespaceOf(wanted.key), ...wish }, waiter);
    return promise;
  }

  /** Reads what nobody waits for. Resolves when all answers have been noted; rejects when the lifetime ends, or with a defect. */
  refresh(due: readonly KeyedReference[]): Promise<void> {
    const { promise, waiter } = waitForAll(due.length);
    const { namespaceOf } = this.#options;
    for (const one of due) this.#pendingReads.queue(one, { fresh: false, wanted: false, namespace: namespaceOf(one.key) }, waiter);
    return promise;
  }

  /** Since when (monotonic) calls as this identity are under way and nothing is answered; undefined when all is well. */
  silentSince(identity: Identity): number | undefined {
    return this.#pendingReads.identityQueueOf(identity)?.silentSince;
  }

  async #openWindow(): Promise<void> {
    const { clock, lifetime, window = DEFAULT_WINDOW, moreToCome = () => false } = this.#options;
    this.#windowOpen = true;
    try {
      do await clock.sleep(window, lifetime);
      while (moreToCome() && !this.#pendingReads.identityQueues.some((identityQueue) => this.#isDue(identityQueue)));
    } catch (error) {
      this.#rejectAll(error);
      return;
    } finally {
      this.#windowOpen = false;
    }
    const fill = moreToCome();
    this.#pumpAll(fill);
    if (fill && this.#pendingReads.identityQueues.some((identityQueue) => identityQueue.size > 0 && !this.#isHeldBack(identityQueue)))
      void this.#openWindow();
  }

  /** It fills a batch, or somebody has waited long enough, and it may send something. */
  #isDue(identityQueue: IdentityQueue): boolean {
    const { oldest, identity } = identityQueue;
    if (oldest === undefined || this.#isHeldBack(identityQueue)) return false;
    return identityQueue.size >= batchSize(identity.service) || this.#options.clock.monotonic() - oldest >= LONGEST_WINDOW;
  }

  /** Something else than the window decides when it goes on: a call that ends, or its budget. */
  #isHeldBack(identityQueue: IdentityQueue): boolean {
    if (identityQueue.isOutOfBudget || identityQueue.active >= MAX_CALLS || this.#bytes.holdsBack(identityQueue)) return true;
    return identityQueue.active >= MAX_CALLS_TO_REFRESH && !identityQueue.hasWantedBelow(MAX_CALLS_OF_NAMESPACE);
  }

  /** Those that were served last come last. */
  #pumpAll(fill = false): void {
    // A copy: a lane that is served moves to the end.
    const identityQueues = [...this.#pendingReads.identityQueues];
    for (const identityQueue of identityQueues) this.#pump(identityQueue, fill);
  }

  #rejectAll(reason: unknown): void {
    for (const identityQueue of this.#pendingReads.identityQueues) this.#pendingReads.reject(identityQueue.waiting(), reason);
  }

  /** Starts as many calls as the identity may have; `fill`: a batch with room waits for those who come next. */
  #pump(identityQueue: IdentityQueue, fill = false): void {
    const { permissions, calls } = this.#options;
    identityQueue.outOfBudgetFor = undefined;
    this.#refuseIfClosed(identityQueue);
    const batch = permissions.allows(identityKey(identityQueue.identity));
    const isApart = (key: ReferenceKey): boolean => calls.isApart(key);
    const waiting = identityQueue.values(MAX_CALLS_OF_NAMESPACE, this.#bytes.may);
    for (const call of planCalls(waiting, { batch, limit: MAX_CALLS - identityQueue.active, isApart })) {
      const full = call.length === batchSize(identityQueue.identity.service) || !batch || !isBatchable(call[0].reference);
      if ((!fill || full || this.#isDue(identityQueue)) && this.#mayStart(identityQueue, call)) this.#start(identityQueue, call);
    }
    this.#bytes.await(identityQueue);
    this.#pumpQueries(identityQueue);
    this.#pendingReads.leave(identityQueue);
  }

  #pumpQueries(identityQueue: IdentityQueue): void {
    if (!identityQueue.hasQueries) return;
    this.#refuseIfClosed(identityQueue);
    for (const pending of identityQueue.queries()) {
      const namespace = pending.takenFor;
      if (identityQueue.activeQueries() >= MAX_QUERIES) return;
      if (identityQueue.activeQueries(namespace) >= MAX_QUERIES_OF_NAMESPACE) continue;
      if (pending.begun === undefined && identityQueue.begunQueries() >= MAX_BEGUN && identityQueue.begunQueries(namespace) > 0) continue;
      // Somebody waits, but one who asks for a thousand pages must leave something for the others.
      const urgency: Urgency = pending.wanted && pending.begun === undefined ? 'wanted' : 'refresh';
      const wait = this.#options.budgets.take(identityQueue.identity, 'list', urgency, namespace);
      if (wait > 0) void this.#pumpAfter(identityQueue, 'queries', wait);
      else this.#start(identityQueue, [pending]);
    }
  }

  /** Is there room and budget? If not, the lane is looked at again when there is. */
  #mayStart(identityQueue: IdentityQueue, call: PlannedCall<PendingRead>): boolean {
    const urgency: Urgency = call.some(({ wanted }) => wanted) ? 'wanted' : 'refresh';
    const namespace = call[0].takenFor;
    if (identityQueue.active >= (urgency === 'wanted' ? MAX_CALLS : MAX_CALLS_TO_REFRESH)) return false;
    if (identityQueue.activeOf(namespace) >= MAX_CALLS_OF_NAMESPACE || !this.#bytes.may(namespace, urgency)) return false;
    const wait = this.#options.budgets.take(identityQueue.identity, operationOf(call), urgency, namespace);
    if (wait === 0) return true;
    if (identityQueue.outOfBudgetFor !== 'wanted') identityQueue.outOfBudgetFor = urgency;
    void this.#pumpAfter(identityQueue, 'values', wait);
    return false;
  }

  async #pumpAfter(identityQueue: IdentityQueue, what: keyof IdentityQueue['wakesAt'], wait: Ms): Promise<void> {
    const { clock, lifetime } = this.#options;
    const at = clock.monotonic() + wait;
    if (at >= identityQueue.wakesAt[what]) return;
    identityQueue.wakesAt[what] = at;
    try {
      await clock.sleep(wait, lifetime);
    } catch (error) {
      identityQueue.wakesAt[what] = Number.POSITIVE_INFINITY;
      this.#pendingReads.reject(identityQueue.waiting(), error);
      return;
    }
    if (identityQueue.wakesAt[what] !== at) return;
    identityQueue.wakesAt[what] = Number.POSITIVE_INFINITY;
    if (what === 'values') this.#pump(identityQueue);
    else this.#pumpQueries(identityQueue);
  }

  #refuseIfClosed(identityQueue: IdentityQueue): void {
    const open = this.#options.breakers.closed(identityQueue.identity);
    if (open !== undefined) this.#refuse(identityQueue, open);
  }

  /** Nothing that waits can be read now. */
  #refuse(identityQueue: IdentityQueue, { failure, until, only }: OpenBreaker): void {
    const transient = failure.reason === 'Throttled' || failure.reason === 'AWSUnavailable';
    const order = this.#order;
    for (const pending of identityQueue.waiting()) {
      // The end of one may make the others wait for nothing as well.
      if (pending.started || (only !== undefined && [...pending.namespaces].some((namespace) => namespace !== only))) continue;
      pending.started = true;
      identityQueue.remove(pending);
      // What was not tried has not failed: those who hold a value are told only of what a person has to mend.
      if (pending.wanted || !transient) void this.#record(pending, { outcome: failed(failure), order });
      else {
        this.#options.postpone(pending, until);
        this.#pendingReads.answer(pending, failed(failure));
      }
    }
  }

  #start(identityQueue: IdentityQueue, call: PlannedCall<PendingRead>): void {
    for (const pending of call) {
      pending.started = true;
      identityQueue.remove(pending);
    }
    void this.#carryOut(identityQueue, call);
  }

  async #carryOut(identityQueue: IdentityQueue, call: PlannedCall<PendingRead>): Promise<void> {
    const { clock, calls } = this.#options;
    const ofQuery = isQuery(call[0].reference);
    const made = { order: (this.#order += 1), at: clock.monotonic() };
    const begun = ofQuery ? (call[0].begun ??= made) : made;
    const underWay = identityQueue.begin(made.at, ofQuery, call[0].takenFor);
    this.#pendingReads.served(identityQueue);
    const counted = this.#bytes.begin(call);
    let answered: Answers | undefined;
    try {
      const answers = await calls.make(call);
      if (answers === 'continued') this.#options.onPage();
      if (typeof answers === 'string') this.#pendingReads.again(call);
      else {
        answered = answers;
        const told = { order: begun.order, age: ms(ofQuery ? clock.monotonic() - begun.at : 0) };
        await Promise.all(
          call.flatMap(
            (pending) => this.#record(pending, { outcome: answers.get(pending.key) ?? missing(pending.reference), ...told }) ?? [],
          ),
        );
      }
    } catch (error) {
      this.#pendingReads.reject(call, error);
    } finally {
      identityQueue.end(underWay, clock.monotonic());
      this.#bytes.end(counted, answered);
      // An open window is about to do it, with whatever else comes.
      if (this.#windowOpen) this.#pumpQueries(identityQueue);
      else if (this.#bytes.takeWaiting()) this.#pumpAll();
      else this.#pump(identityQueue);
    }
  }

  /** A promise only where the answer has to be checked first. */
  #record(pending: PendingRead, answer: Pick<Answer, 'outcome' | 'order' | 'age'>): Promise<void> | undefined {
    const { key, reference, wanted } = pending;
    try {
      const concluded = this.#options.record({ key, reference, wanted, ...answer });
      if (!(concluded instanceof Promise)) this.#pendingReads.answer(pending, concluded);
      else {
        return concluded.then(
          (outcome) => this.#pendingReads.answer(pending, outcome),
          (error: unknown) => this.#pendingReads.reject([pending], error),
        );
      }
    } catch (error) {
      this.#pendingReads.reject([pending], error);
    }
    return undefined;
  }
}
