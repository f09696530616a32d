/** The reads that are requested and not answered: which callers wait for which read, and how each read ends for them. */
import type { Outcome } from '../../api/failure.ts';
import { type Identity, type IdentityKey, identityKey } from '../../aws/credentials/identity.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock } from '../../base/clock.ts';
import { IdentityQueue } from './identity-queue.ts';
import type { ReferenceKey } from '../port.ts';
import type { ReadRequest } from './read-coalescer-options.ts';
import { type KeyedReference } from '../references/reference-key.ts';
import type { PendingRead } from './pending-read.ts';
import type { Waiter } from './waiter.ts';

type NamespacedRequest = ReadRequest & Required<Pick<ReadRequest, 'namespace'>>;

export class PendingReads {
  readonly #clock: Clock;
  readonly #onWait: (identityQueue: IdentityQueue, pending: PendingRead) => void;
  readonly #pendingReads = new Map<ReferenceKey, PendingRead>();
  readonly #identityQueues = new Map<IdentityKey, IdentityQueue>();

  /** `onWait`: a read has been added to the queue of its identity, or has become more urgent there. */
  constructor(clock: Clock, onWait: (identityQueue: IdentityQueue, pending: PendingRead) => void) {
    this.#clock = clock;
    this.#onWait = onWait;
  }

  /** The queues of all identities with reads. */
  get identityQueues(): MapIterator<IdentityQueue> {
    return this.#identityQueues.values();
  }

  /** A call was made as this identity: it goes to the end. */
  callMade(identityQueue: IdentityQueue): void {
    const key = identityKey(identityQueue.identity);
    if (this.#identityQueues.delete(key)) this.#identityQueues.set(key, identityQueue);
  }

  identityQueueOf(identity: Identity): IdentityQueue | undefined {
    return this.#identityQueues.get(identityKey(identity));
  }

  /** Drops the queue of an identity if it has no reads and no calls. */
  dropIfIdle(identityQueue: IdentityQueue): void {
    const key = identityKey(identityQueue.identity);
    if (identityQueue.isIdle && this.#identityQueues.get(key) === identityQueue) this.#identityQueues.delete(key);
  }

  /** Whether a read that waits or is in flight answers such a request. */
  isShared(key: ReferenceKey, fresh: boolean): boolean {
    const known = this.#pendingReads.get(key);
    return known !== undefined && (!fresh || (!known.started && known.firstCall === undefined));
  }

  /** Joins a read that waits or is in flight, if it answers the request; otherwise creates a read. */
  queue(wanted: KeyedReference, request: NamespacedRequest, waiter: Waiter): void {
    const known = this.#pendingReads.get(wanted.key);
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

  /** The reads wait once more. If a fresh read of the same reference was requested meanwhile, the waiters join that one. */
  requeue(pendingReads: readonly PendingRead[]): void {
    for (const pending of pendingReads) {
      const newer = this.#pendingReads.get(pending.key);
      if (newer !== undefined && newer !== pending) {
        newer.waiters.push(...pending.waiters);
        for (const namespace of pending.namespaces) this.#join(newer, { wanted: pending.wanted, namespace });
        continue;
      }
      pending.started = false;
      this.#pendingReads.set(pending.key, pending);
      this.#identityQueue(pending.reference.identity).add(pending);
    }
  }

  #create({ key, reference }: KeyedReference, { wanted, namespace }: Omit<NamespacedRequest, 'fresh'>, waiters: Waiter[]): void {
    const since = this.#clock.monotonic();
    const namespaces = new Set([namespace]);
    const pending: PendingRead = { key, reference, waiters, since, started: false, wanted, namespaces, servedNamespace: namespace };
    this.#pendingReads.set(key, pending);
    const identityQueue = this.#identityQueue(reference.identity);
    identityQueue.add(pending);
    this.#onWait(identityQueue, pending);
  }

  /** One more caller needs the read: it may become more urgent, and it may be made in the turn of one more namespace. */
  #join(pending: PendingRead, { wanted, namespace }: Omit<NamespacedRequest, 'fresh'>): void {
    const isMoreUrgent = (wanted && !pending.wanted) || !pending.namespaces.has(namespace);
    pending.wanted ||= wanted;
    pending.namespaces.add(namespace);
    if (!isMoreUrgent || pending.started) return;
    const identityQueue = this.#identityQueue(pending.reference.identity);
    identityQueue.add(pending);
    this.#onWait(identityQueue, pending);
  }

  #identityQueue(identity: Identity): IdentityQueue {
    const key = identityKey(identity);
    const known = this.#identityQueues.get(key);
    if (known !== undefined) return known;
    const identityQueue = new IdentityQueue(identity);
    this.#identityQueues.set(key, identityQueue);
    return identityQueue;
  }

  #end(pending: PendingRead): void {
    this.identityQueueOf(pending.reference.identity)?.remove(pending);
    if (this.#pendingReads.get(pending.key) === pending) this.#pendingReads.delete(pending.key);
  }
}
