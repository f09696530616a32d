/**
 * References that nobody is subscribed to, until they have been left alone for long enough to be forgotten. Ten thousand may be asked for each second: that
 * only sets a time. The line is looked at from its front, once a minute for each, and what was asked for meanwhile goes to its end; so nothing is ever
 * taken out of the middle.
 */

/** What a reference keeps for the line. */
export interface Idle {
  /** Somebody is subscribed to it. */
  readonly isUsed: boolean;
  /** Monotonic: since when nobody is subscribed and nobody has asked. */
  idleSince: number;
  /** Monotonic: since when it is in the line; undefined: it is in none. Nobody else changes it. */
  inLineSince: number | undefined;
}

/** A reconcile reads first and subscribes then; what it read must be remembered so long. It may be remembered for twice as long. */
const IDLE_MS = 60_000;
/** Of one look: to forget one takes some microseconds. */
const MOST_AT_ONCE = 256;
/** So many places at the front may be empty. */
const SLACK = 1_024;

export class IdleReferences<T extends Idle> {
  #line: T[] = [];
  #front = 0;

  /** Nobody is subscribed to it any more, or somebody has asked for it. */
  rest(reference: T, now: number): void {
    reference.idleSince = now;
    if (reference.inLineSince === undefined) this.#join(reference, now);
  }

  /** Those to forget: some of them, if there are many. They are in the line no more. */
  takeOver(now: number): T[] {
    const over: T[] = [];
    for (let looks = 0; looks < MOST_AT_ONCE; looks += 1) {
      const first = this.#line[this.#front];
      if (first?.inLineSince === undefined || now - first.inLineSince < IDLE_MS) break;
      this.#front += 1;
      first.inLineSince = undefined;
      // It comes back when it rests again.
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
