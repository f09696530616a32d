/**
 * A budget that several namespaces share: while it is short, namespaces take turns with one call each, so that no namespace waits for all calls of another.
 * Within its turn, a namespace makes its most urgent call: `wanted` reads of one namespace do not delay refreshes of another beyond a turn.
 */
import { type Clock, type Ms, ms } from '../../../base/time/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** `wanted`: a caller waits for the value. */
export type Urgency = 'wanted' | 'refresh';

/** Share of the capacity that refreshes leave to `wanted` calls, unless calls of other namespaces have used it. */
const RESERVE_FOR_WANTED = 0.25;
/** A namespace that was refused counts as waiting until so long after its wait; then it must have asked again. */
const ASKS_AGAIN_WITHIN_MS = 100;

/** Until when (monotonic) a namespace counts as waiting. */
type Waiting = Map<string, number>;

export class SharedBudget {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #waiting: Readonly<Record<Urgency, Waiting>> = { wanted: new Map(), refresh: new Map() };
  /** Order of the last call of each namespace, since the last time that none was waiting. */
  readonly #served = new Map<string, number>();
  #order = 0;
  /** No namespace stops waiting before (monotonic). */
  #nextEnd = Number.POSITIVE_INFINITY;

  /** `rate`: calls per second. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(clock, rate);
  }

  /** 0: the call may be made now, and is counted. Otherwise the milliseconds to wait before the next request. */
  take(namespace: string, urgency: Urgency): Ms {
    const now = this.#clock.monotonic();
    this.#forget(now);
    const ahead = this.#ahead(namespace, urgency);
    const wait = this.#bucket.take(this.#reserve(namespace, urgency), ahead);
    if (wait === 0) this.#serve(namespace, urgency);
    else this.#wait(namespace, urgency, now + wait + ASKS_AGAIN_WITHIN_MS);
    return ms(wait);
  }

  spend(): void {
    this.#bucket.spend();
  }

  /** A call that was counted was not made. */
  giveBack(): void {
    this.#bucket.giveBack();
  }

  throttled(madeAt: number): void {
    this.#bucket.throttled(madeAt);
  }

  /** The budget is in its initial state, so that it can be dropped. */
  get isFull(): boolean {
    return this.#bucket.isFull;
  }

  /** Number of waiting namespaces that come before this one: those with an earlier last call, and, without a call, those with a more urgent one. */
  #ahead(namespace: string, urgency: Urgency): number {
    const last = this.#served.get(namespace) ?? 0;
    // Nobody comes before it. This is the case of all who have not read before, of which there may be thousands.
    if (last === 0 && urgency === 'wanted') return 0;
    const { wanted, refresh } = this.#waiting;
    const isBefore = (other: string, isMoreUrgent: boolean): boolean => {
      const others = this.#served.get(other) ?? 0;
      return other !== namespace && (others < last || (others === last && isMoreUrgent));
    };
    let count = 0;
    for (const other of wanted.keys()) if (isBefore(other, urgency === 'refresh')) count += 1;
    // Without a call, nothing is earlier than this namespace.
    if (last === 0) return count;
    for (const other of refresh.keys()) if (!wanted.has(other) && isBefore(other, false)) count += 1;
    return count;
  }

  /** No reserve while others wait for values: they have used it, and a namespace must not lose its turn until it is there again. */
  #reserve(namespace: string, urgency: Urgency): number {
    const { wanted } = this.#waiting;
    const isUsedUpByOthers = wanted.size > 0 && !wanted.has(namespace);
    return urgency === 'refresh' && !isUsedUpByOthers ? RESERVE_FOR_WANTED : 0;
  }

  #serve(namespace: string, urgency: Urgency): void {
    this.#waiting[urgency].delete(namespace);
    if (this.#waiting.wanted.size + this.#waiting.refresh.size === 0) this.#served.clear();
    this.#served.set(namespace, (this.#order += 1));
  }

  #wait(namespace: string, urgency: Urgency, until: number): void {
    this.#waiting[urgency].set(namespace, until);
    this.#nextEnd = Math.min(this.#nextEnd, until);
  }

  #forget(now: number): void {
    if (this.#nextEnd >= now) return;
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const waiting of Object.values(this.#waiting))
      for (const [namespace, until] of waiting) {
        if (until < now) waiting.delete(namespace);
        else this.#nextEnd = Math.min(this.#nextEnd, until);
      }
  }
}
