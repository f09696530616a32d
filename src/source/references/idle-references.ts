/**
 * References without subscribers, until nobody has requested them for long enough to forget them. A request only sets a time, because there may be ten thousand
 * each second. The queue is examined from its front, once a minute for each reference; a reference that was requested meanwhile goes to the end, so that
 * nothing is ever removed from the middle.
 */

/** The state of a reference for the queue. */
export interface Idle {
  /** The reference has a subscriber. */
  readonly isUsed: boolean;
  /** Monotonic: time of the last request, or of the end of the last subscription. */
  idleSince: number;
  /** Monotonic: when the reference entered the queue; undefined: it is not in the queue. Only the queue changes it. */
  inLineSince: number | undefined;
}

/** A reconcile reads before it subscribes; its references must be kept in between. A reference is kept for up to twice this time. */
const IDLE_MS = 60_000;
/** References that are examined at once: forgetting one takes some microseconds. */
const MOST_AT_ONCE = 256;
/** Number of empty elements at the front before they are removed. */
const SLACK = 1_024;

export class IdleReferences<T extends Idle> {
  #line: T[] = [];
  #front = 0;

  /** The last subscription of the reference has ended, or the reference was requested. */
  rest(reference: T, now: number): void {
    reference.idleSince = now;
    if (reference.inLineSince === undefined) this.#join(reference, now);
  }

  /** Removes the references to forget from the queue; only some of them, if there are many. */
  takeOver(now: number): T[] {
    const over: T[] = [];
    for (let looks = 0; looks < MOST_AT_ONCE; looks += 1) {
      const first = this.#line[this.#front];
      if (first?.inLineSince === undefined || now - first.inLineSince < IDLE_MS) break;
      this.#front += 1;
      first.inLineSince = undefined;
      // The end of its last subscription queues it again.
      if (first.isUsed) continue;
      if (now - first.idleSince < IDLE_MS) this.#join(first, now);
      else over.push(first);
    }
    this.#closeUp();
    return over;
  }

  #join(reference: T, now: number): void {
    reference.inLineSince = now;
    this.#line.push(reference);
  }

  #closeUp(): void {
    if (this.#front < SLACK || this.#front * 2 < this.#line.length) return;
    this.#line = this.#line.slice(this.#front);
    this.#front = 0;
  }
}
