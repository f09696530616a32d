/**
 * Coalesces all reads of the operator: reads that are requested within a few milliseconds are planned together, equal reads share one call,
 * and each identity has its own number of concurrent calls, so that a slow identity delays no other. A caller that stops waiting does not
 * end the read of another caller.
 */
import type { Outcome } from '../../failure/failure.ts';
import { batchSize } from '../../aws/batch-calls.ts';
import { type Identity, identityKey } from '../../aws/credentials/identity.ts';
import type { SecretVersion } from '../../aws/port.ts';
import { ms } from '../../base/time/clock.ts';
import { failed } from '../../base/result.ts';
import type { Urgency } from '../limits/budgets/shared-budget.ts';
import { ByteLimiter } from './queue/byte-limiter.ts';
import { type Answers, missing } from './call/call-executor.ts';
import type { OpenBreaker } from '../limits/breakers/circuit-breakers.ts';
import { BatchWindow } from './queue/batch-window.ts';
import { BudgetTimers } from './queue/budget-timers.ts';
import { isAtLimit, MAX_CALLS, MAX_CALLS_OF_NAMESPACE, mayStartCall, mayStartPage } from './queue/concurrency-limits.ts';
import { HeldReads } from './queue/held-reads.ts';
import type { IdentityQueue } from './queue/identity-queue.ts';
import { operationOf, type PlannedCall, planCalls } from './call/plan-calls.ts';
import type { ReferenceKey } from '../port.ts';
import type { Answer, ReadCoalescerOptions, ReadRequest } from './read-coalescer-options.ts';
import { isBatchable, isQuery, type KeyedReference } from '../references/reference-key.ts';
import type { PendingRead } from './queue/pending-read.ts';
import { PendingReads } from './queue/pending-reads.ts';
import { waitForAll, waitForOne } from './queue/waiter.ts';

/** Maximum time that a read waits for other reads to fill a batch. */
const MAX_WINDOW = ms(250);

export class ReadCoalescer {
  readonly #options: ReadCoalescerOptions;
  readonly #pendingReads: PendingReads;
  readonly #bytes: ByteLimiter;
  readonly #window: BatchWindow;
  readonly #timers: BudgetTimers;
  #order = 0;

  constructor(options: ReadCoalescerOptions) {
    this.#options = options;
    const { clock, lifetime, window, moreToCome } = options;
    this.#bytes = new ByteLimiter({ clock, lifetime, onReady: () => this.#dispatchAll(), onEnd: (reason) => this.#rejectAll(reason) });
    this.#pendingReads = new PendingReads(clock, (queue, pending) => {
      // A query shares its calls with no other read.
      if (isQuery(pending.reference)) this.#dispatchQueries(queue);
      else this.#window.open();
    });
    this.#timers = new BudgetTimers({
      clock,
      lifetime,
      onTime: (queue, timer) => (timer === 'values' ? this.#dispatch(queue) : this.#dispatchQueries(queue)),
      onEnd: (queue, reason) => this.#pendingReads.reject(queue.waiting(), reason),
    });
    this.#window = new BatchWindow({
      clock,
      lifetime,
      window,
      moreToCome,
      hasDue: () => this.#pendingReads.queues.some((queue) => this.#isDue(queue)),
      hasUnsent: () => this.#pendingReads.queues.some((queue) => queue.size > 0 && !this.#isHeldBack(queue)),
      onClose: (fill) => this.#dispatchAll(fill),
      onEnd: (reason) => this.#rejectAll(reason),
    });
  }

  /** Whether a waiting read or a read in flight answers such a request. */
  isShared(key: ReferenceKey, fresh: boolean): boolean {
    return this.#pendingReads.isShared(key, fresh);
  }

  /** Rejects only when the lifetime ends. */
  read(wanted: KeyedReference, request: ReadRequest): Promise<Outcome<SecretVersion>> {
    const { promise, waiter } = waitForOne();
    this.#pendingReads.add(wanted, { namespace: this.#options.namespaceOf(wanted.key), ...request }, waiter);
    return promise;
  }

  /** Reads references for which no caller waits. Resolves when all answers have been recorded; rejects when the lifetime ends, or with a defect. */
  refresh(due: readonly KeyedReference[]): Promise<void> {
    const { promise, waiter } = waitForAll(due.length);
    const { namespaceOf } = this.#options;
    for (const reference of due)
      this.#pendingReads.add(reference, { fresh: false, wanted: false, namespace: namespaceOf(reference.key) }, waiter);
    return promise;
  }

  /** Monotonic time since which calls with this identity are in flight without any answer. Undefined without such calls. */
  unansweredSince(identity: Identity): number | undefined {
    return this.#pendingReads.queueOf(identity)?.unansweredSince;
  }

  /** Its reads fill a batch, or one of them has waited long enough, and a call may start. */
  #isDue(queue: IdentityQueue): boolean {
    const { oldest, identity } = queue;
    if (oldest === undefined || this.#isHeldBack(queue)) return false;
    return queue.size >= batchSize(identity.service) || this.#options.clock.monotonic() - oldest >= MAX_WINDOW;
  }

  /** Its reads wait for the end of a call, or for a budget, and not for the window. */
  #isHeldBack(queue: IdentityQueue): boolean {
    return queue.isOutOfBudget || isAtLimit(queue) || this.#bytes.holdsBack(queue);
  }

  /** Identities in the order of service: the identity that was served last is at the end. */
  #dispatchAll(fill = false): void {
    // A copy: the queue of an identity that is served goes to the end.
    const queues = [...this.#pendingReads.queues];
    for (const queue of queues) this.#dispatch(queue, fill);
  }

  #rejectAll(reason: unknown): void {
    for (const queue of this.#pendingReads.queues) this.#pendingReads.reject(queue.waiting(), reason);
  }

  /** Starts the calls that the identity may have in flight. `fill`: a batch that is not full waits for the next reads. */
  #dispatch(queue: IdentityQueue, fill = false): void {
    const { permissions, calls } = this.#options;
    queue.outOfBudgetFor = undefined;
    this.#failIfBreakerOpen(queue);
    const batch = permissions.allows(identityKey(queue.identity));
    const held = new HeldReads(this.#options.breakers);
    const waiting = held.without(queue.values(MAX_CALLS_OF_NAMESPACE, this.#bytes.may));
    for (const call of planCalls(waiting, { batch, limit: MAX_CALLS - queue.active, mustReadAlone: (key) => calls.mustReadAlone(key) })) {
      const full = call.length === batchSize(queue.identity.service) || !batch || !isBatchable(call[0].reference);
      if ((!fill || full || this.#isDue(queue)) && this.#mayStart(queue, call)) this.#start(queue, call);
    }
    this.#failHeld(queue, held);
    this.#bytes.await(queue);
    this.#dispatchQueries(queue);
    this.#pendingReads.dropIfIdle(queue);
  }

  #dispatchQueries(queue: IdentityQueue): void {
    if (!queue.hasQueries) return;
    this.#failIfBreakerOpen(queue);
    for (const pending of queue.queries()) {
      if (!mayStartPage(queue, pending)) continue;
      // Further pages have the urgency of refreshes, so that a query of a thousand pages leaves a part of the budget to others.
      const urgency: Urgency = pending.wanted && pending.firstCall === undefined ? 'wanted' : 'refresh';
      const wait = this.#options.budgets.take(queue.identity, 'list', urgency, pending.servedNamespace);
      if (wait > 0) this.#timers.set(queue, 'queries', wait);
      else this.#start(queue, [pending]);
    }
  }

  /** Takes the budget of the call. If it is exhausted, the queue is dispatched again later. */
  #mayStart(queue: IdentityQueue, call: PlannedCall<PendingRead>): boolean {
    const urgency: Urgency = call.some(({ wanted }) => wanted) ? 'wanted' : 'refresh';
    const namespace = call[0].servedNamespace;
    if (!mayStartCall(queue, namespace, urgency) || !this.#bytes.may(namespace, urgency)) return false;
    const wait = this.#options.budgets.take(queue.identity, operationOf(call), urgency, namespace);
    if (wait === 0) return true;
    if (queue.outOfBudgetFor !== 'wanted') queue.outOfBudgetFor = urgency;
    this.#timers.set(queue, 'values', wait);
    return false;
  }

  #failIfBreakerOpen(queue: IdentityQueue): void {
    const breaker = this.#options.breakers.openBreaker(queue.identity);
    if (breaker !== undefined) for (const pending of queue.waiting()) this.#failWaiting(queue, pending, breaker);
  }

  #failHeld(queue: IdentityQueue, held: HeldReads): void {
    for (const { pending, breaker } of held.all) this.#failWaiting(queue, pending, breaker);
    if (held.isFull) this.#timers.set(queue, 'values', ms(1));
  }

  /** A breaker is open: the waiting read fails, or is postponed. */
  #failWaiting(queue: IdentityQueue, pending: PendingRead, { failure, until, only }: OpenBreaker): void {
    // The record of one failure may already end other reads.
    if (pending.started || (only !== undefined && [...pending.namespaces].some((namespace) => namespace !== only))) return;
    pending.started = true;
    queue.remove(pending);
    const transient = failure.reason === 'Throttled' || failure.reason === 'AWSUnavailable';
    // A refresh that was not tried has not failed: its dependants are notified only of failures that a person must repair.
    if (pending.wanted || !transient) void this.#record(pending, { outcome: failed(failure), order: this.#order });
    else {
      this.#options.postpone(pending, until);
      this.#pendingReads.answer(pending, failed(failure));
    }
  }

  #start(queue: IdentityQueue, call: PlannedCall<PendingRead>): void {
    for (const pending of call) {
      pending.started = true;
      queue.remove(pending);
    }
    void this.#execute(queue, call);
  }

  async #execute(queue: IdentityQueue, call: PlannedCall<PendingRead>): Promise<void> {
    const { clock, calls } = this.#options;
    const isPage = isQuery(call[0].reference);
    const made = { order: (this.#order += 1), at: clock.monotonic() };
    const firstCall = isPage ? (call[0].firstCall ??= made) : made;
    const activeCall = queue.startCall(made.at, isPage, call[0].servedNamespace);
    this.#pendingReads.callMade(queue);
    const counted = this.#bytes.begin(call);
    let answered: Answers | undefined;
    try {
      const answers = await calls.make(call);
      if (answers === 'continued') this.#options.onPage();
      if (typeof answers === 'string') this.#pendingReads.requeue(call);
      else {
        answered = answers;
        const timing = { order: firstCall.order, age: ms(isPage ? clock.monotonic() - firstCall.at : 0) };
        await Promise.all(
          call.flatMap(
            (pending) => this.#record(pending, { outcome: answers.get(pending.key) ?? missing(pending.reference), ...timing }) ?? [],
          ),
        );
      }
    } catch (error) {
      this.#pendingReads.reject(call, error);
    } finally {
      queue.endCall(activeCall, clock.monotonic());
      this.#bytes.end(counted, answered);
      // An open window dispatches the values when it closes, together with newer reads.
      if (this.#window.isOpen) this.#dispatchQueries(queue);
      else if (this.#bytes.takeWaiting()) this.#dispatchAll();
      else this.#dispatch(queue);
    }
  }

  /** A promise only if the answer must be checked first. */
  #record(pending: PendingRead, answer: Pick<Answer, 'outcome' | 'order' | 'age'>): Promise<void> | undefined {
    const { key, reference, wanted } = pending;
    try {
      const recorded = this.#options.record({ key, reference, wanted, ...answer });
      if (!(recorded instanceof Promise)) this.#pendingReads.answer(pending, recorded);
      else {
        return recorded.then(
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
