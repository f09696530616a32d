/**
 * References without subscribers, until they have not been requested for some time. A request only sets a time, because there may be ten
 * thousand per second. The queue is examined from its front, once a minute for each reference. A reference that was requested in the
 * meantime goes to the end, so no entry is removed from the middle.
 */

/** The state of a reference for the queue. */
export interface Idle {
  /** The reference has a subscriber. */
  readonly isUsed: boolean;
  /** Monotonic time of the last request, or of the end of the last subscription. */
  idleSince: number;
  /** Monotonic time of the entry into the queue. Undefined: it is not in the queue. Only the queue changes it. */
  queuedSince: number | undefined;
}

/** A reconcile reads before it subscribes, so its references must be kept until then. A reference is kept for up to twice this time. */
const IDLE_MS = 60_000;
/** Number of references that are examined at once. The removal of one takes some microseconds. */
const MAX_AT_ONCE = 256;
/** Number of empty elements at the front before they are removed. */
const MAX_EMPTY = 1_024;

export class IdleReferences<T extends Idle> {
  #queue: T[] = [];
  #front = 0;

  /** The last subscription of the reference has ended, or the reference was requested. */
  enqueue(reference: T, now: number): void {
    reference.idleSince = now;
    if (reference.queuedSince === undefined) this.#append(reference, now);
  }

  /** Removes expired references from the queue; only some of them, if there are many. */
  takeExpired(now: number): T[] {
    const expired: T[] = [];
    for (let looks = 0; looks < MAX_AT_ONCE; looks += 1) {
      const first = this.#queue[this.#front];
      if (first?.queuedSince === undefined || now - first.queuedSince < IDLE_MS) break;
      this.#front += 1;
      first.queuedSince = undefined;
      // The end of its last subscription adds it to the queue again.
      if (first.isUsed) continue;
      if (now - first.idleSince < IDLE_MS) this.#append(first, now);
      else expired.push(first);
    }
    this.#compact();
    return expired;
  }

  #append(reference: T, now: number): void {
    reference.queuedSince = now;
    this.#queue.push(reference);
  }

  #compact(): void {
    if (this.#front < MAX_EMPTY || this.#front * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#front);
    this.#front = 0;
  }
}
