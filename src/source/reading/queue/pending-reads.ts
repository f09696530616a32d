/** The reads that are requested and not answered, with their waiting callers and the results for them. */
import type { Outcome } from '../../../failure/failure.ts';
import { type Identity, type IdentityKey, identityKey } from '../../../aws/credentials/identity.ts';
import type { SecretVersion } from '../../../aws/port.ts';
import type { Clock } from '../../../base/time/clock.ts';
import { IdentityQueue } from './identity-queue.ts';
import type { ReferenceKey } from '../../port.ts';
import type { ReadRequest } from '../read-coalescer-options.ts';
import { type KeyedReference } from '../../references/reference-key.ts';
import type { PendingRead } from './pending-read.ts';
import type { Waiter } from './waiter.ts';

type NamespacedRequest = ReadRequest & Required<Pick<ReadRequest, 'namespace'>>;

export class PendingReads {
  readonly #clock: Clock;
  readonly #onWait: (queue: IdentityQueue, pending: PendingRead) => void;
  readonly #reads = new Map<ReferenceKey, PendingRead>();
  readonly #queues = new Map<IdentityKey, IdentityQueue>();

  /** `onWait`: a read was added to the queue of its identity, or became more urgent there. */
  constructor(clock: Clock, onWait: (queue: IdentityQueue, pending: PendingRead) => void) {
    this.#clock = clock;
    this.#onWait = onWait;
  }

  /** The queues of all identities with reads. */
  get queues(): MapIterator<IdentityQueue> {
    return this.#queues.values();
  }

  /** A call was made with this identity, so it goes to the end. */
  callMade(queue: IdentityQueue): void {
    const key = identityKey(queue.identity);
    if (this.#queues.delete(key)) this.#queues.set(key, queue);
  }

  queueOf(identity: Identity): IdentityQueue | undefined {
    return this.#queues.get(identityKey(identity));
  }

  /** Drops the queue of an identity if it has no reads and no calls. */
  dropIfIdle(queue: IdentityQueue): void {
    const key = identityKey(queue.identity);
    if (queue.isIdle && this.#queues.get(key) === queue) this.#queues.delete(key);
  }

  /** Whether a waiting read or a read in flight answers such a request. */
  isShared(key: ReferenceKey, fresh: boolean): boolean {
    const known = this.#reads.get(key);
    return known !== undefined && (!fresh || (!known.started && known.firstCall === undefined));
  }

  /** Joins a waiting read or a read in flight if it answers the request; otherwise creates a read. */
  add(wanted: KeyedReference, request: NamespacedRequest, waiter: Waiter): void {
    const known = this.#reads.get(wanted.key);
    if (known === undefined) this.#create(wanted, request, [waiter]);
    else if (this.isShared(wanted.key, request.fresh)) {
      known.waiters.push(waiter);
      this.#join(known, request);
    } else if (known.firstCall === undefined) this.#create(wanted, request, [waiter]);
    else (known.freshWaiters ??= []).push(waiter);
  }

  /** The read was answered. */
  answer(pending: PendingRead, outcome: Outcome<SecretVersion>): void {
    this.#end(pending);
    for (const { answered } of pending.waiters) answered(outcome);
    if (pending.freshWaiters !== undefined)
      this.#create(pending, { wanted: true, namespace: pending.servedNamespace }, pending.freshWaiters);
  }

  /** The reads get no answer: the lifetime has ended, or there is a defect. */
  reject(pendingReads: readonly PendingRead[], reason: unknown): void {
    for (const pending of pendingReads) {
      this.#end(pending);
      for (const { rejected } of [...pending.waiters, ...(pending.freshWaiters ?? [])]) rejected(reason);
    }
  }

  /** The reads wait again. If a fresh read of the same reference was requested in the meantime, the waiters join that read. */
  requeue(pendingReads: readonly PendingRead[]): void {
    for (const pending of pendingReads) {
      const newer = this.#reads.get(pending.key);
      if (newer !== undefined && newer !== pending) {
        newer.waiters.push(...pending.waiters);
        for (const namespace of pending.namespaces) this.#join(newer, { wanted: pending.wanted, namespace });
        continue;
      }
      pending.started = false;
      this.#reads.set(pending.key, pending);
      this.#queueFor(pending.reference.identity).add(pending);
    }
  }

  #create({ key, reference }: KeyedReference, { wanted, namespace }: Omit<NamespacedRequest, 'fresh'>, waiters: Waiter[]): void {
    const since = this.#clock.monotonic();
    const namespaces = new Set([namespace]);
    const pending: PendingRead = { key, reference, waiters, since, started: false, wanted, namespaces, servedNamespace: namespace };
    this.#reads.set(key, pending);
    const queue = this.#queueFor(reference.identity);
    queue.add(pending);
    this.#onWait(queue, pending);
  }

  /** One more caller needs the read: it may become more urgent, and may count for one more namespace. */
  #join(pending: PendingRead, { wanted, namespace }: Omit<NamespacedRequest, 'fresh'>): void {
    const isMoreUrgent = (wanted && !pending.wanted) || !pending.namespaces.has(namespace);
    pending.wanted ||= wanted;
    pending.namespaces.add(namespace);
    if (!isMoreUrgent || pending.started) return;
    const queue = this.#queueFor(pending.reference.identity);
    queue.add(pending);
    this.#onWait(queue, pending);
  }

  #queueFor(identity: Identity): IdentityQueue {
    const key = identityKey(identity);
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const queue = new IdentityQueue(identity);
    this.#queues.set(key, queue);
    return queue;
  }

  #end(pending: PendingRead): void {
    this.queueOf(pending.reference.identity)?.remove(pending);
    if (this.#reads.get(pending.key) === pending) this.#reads.delete(pending.key);
  }
}
