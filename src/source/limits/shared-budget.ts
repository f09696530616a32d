/**
 * A budget that several namespaces use: while it is short they take turns, one call each, so that nobody waits for all that another one asks. A turn is
 * for what the namespace itself finds most urgent: no other one can make its refreshes wait by having reads that somebody waits for.
 */
import { type Clock, type Ms, ms } from '../../base/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** `wanted`: somebody waits for the value. */
export type Urgency = 'wanted' | 'refresh';

/** Of a second's worth of calls: what refreshes leave to those who wait for a value, as long as nobody else uses it up. */
const RESERVE_FOR_WANTED = 0.25;
/** A namespace that was refused and does not ask again within this after its time waits no longer. */
const ASKS_AGAIN_WITHIN_MS = 100;

/** Until when (monotonic) a namespace is known to wait. */
type Waiting = Map<string, number>;

export class SharedBudget {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #waiting: Readonly<Record<Urgency, Waiting>> = { wanted: new Map(), refresh: new Map() };
  /** Namespaces by their last call since somebody began to wait; the latest comes last. */
  readonly #served = new Map<string, number>();
  #order = 0;

  /** `rate`: calls a second. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(clock, rate);
  }

  /** 0: the call may be made now, and is counted. Else in how many milliseconds it's worth to ask again. */
  take(namespace: string, urgency: Urgency): Ms {
    const now = this.#clock.monotonic();
    this.#forget(now);
    const ahead = this.#ahead(namespace, urgency);
    const wait = this.#bucket.take(this.#reserve(namespace, urgency), ahead);
    if (wait === 0) this.#serve(namespace, urgency);
    else this.#waiting[urgency].set(namespace, now + wait + ASKS_AGAIN_WITHIN_MS);
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

  /** Nothing would be lost if it was made anew. */
  get isFull(): boolean {
    return this.#bucket.isFull;
  }

  /** How many others go before this namespace: those who wait, and whose last call was earlier; the more urgent ones of those who had no call yet. */
  #ahead(namespace: string, urgency: Urgency): number {
    const last = this.#served.get(namespace) ?? 0;
    const { wanted, refresh } = this.#waiting;
    const before = new Set<string>();
    for (const other of [...wanted.keys(), ...refresh.keys()]) {
      const others = this.#served.get(other) ?? 0;
      const isMoreUrgent = urgency === 'refresh' && wanted.has(other);
      if (other !== namespace && (others < last || (others === last && isMoreUrgent))) before.add(other);
    }
    return before.size;
  }

  /** None where others wait for values: they have used up the reserve, and a namespace need not wait in its turn until it is there again. */
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

  #forget(now: number): void {
    for (const waiting of Object.values(this.#waiting))
      for (const [namespace, until] of waiting) if (until < now) waiting.delete(namespace);
  }
}
