/**
 * Applies the byte rates of namespaces to reads: the reads that may start, the bytes of their answers, and the time at which delayed reads
 * are dispatched.
 */
import type { Outcome } from '../../../failure/failure.ts';
import type { SecretVersion } from '../../../aws/port.ts';
import type { Clock } from '../../../base/time/clock.ts';
import { ms } from '../../../base/time/clock.ts';
import type { Urgency } from '../../limits/budgets/shared-budget.ts';
import { ByteRate } from '../../limits/rates/byte-rate.ts';
import type { IdentityQueue } from './identity-queue.ts';
import type { ReferenceKey } from '../../port.ts';
import type { PendingRead } from './pending-read.ts';

export interface ByteLimiterOptions {
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  /** Reads that were delayed may start. */
  readonly onReady: () => void;
  /** The lifetime has ended while reads were delayed. */
  readonly onEnd: (reason: unknown) => void;
}

/** References of a call, with the bytes that each counts until its answer. */
export type Counted = ReadonlyMap<PendingRead, number>;

export class ByteLimiter {
  readonly #options: ByteLimiterOptions;
  readonly #rate: ByteRate;
  /** Monotonic time of the next dispatch: one for all identities, because identities of one namespace share its rate. */
  #dispatchAt = Number.POSITIVE_INFINITY;
  #hasWaiting = false;

  constructor(options: ByteLimiterOptions) {
    this.#options = options;
    this.#rate = new ByteRate(options.clock);
  }

  /** Whether a read of this urgency may start for the namespace. */
  readonly may = (namespace: string, urgency: Urgency): boolean => this.#rate.may(namespace, urgency);

  /** Whether values wait for this identity, and all of them wait for the byte rate. */
  holdsBack(queue: IdentityQueue): boolean {
    return queue.size > 0 && queue.namespaces().every(([namespace, urgency]) => !this.may(namespace, urgency));
  }

  /** Schedules a dispatch for the reads of this identity that wait for the byte rate. */
  await(queue: IdentityQueue): void {
    let wait = Number.POSITIVE_INFINITY;
    for (const [namespace, urgency] of queue.namespaces()) {
      if (this.may(namespace, urgency)) continue;
      this.#hasWaiting = true;
      const own = this.#rate.waitFor(namespace, urgency);
      if (own > 0) wait = Math.min(wait, own);
    }
    if (wait < Number.POSITIVE_INFINITY) void this.#dispatchAfter(wait);
  }

  /** Whether reads of any identity wait for the end of a call. Resets the answer; reads that continue to wait report it again. */
  takeWaiting(): boolean {
    const hasWaiting = this.#hasWaiting;
    this.#hasWaiting = false;
    return hasWaiting;
  }

  begin(call: readonly PendingRead[]): Counted {
    return new Map(call.map((pending) => [pending, this.#rate.begin(pending.servedNamespace)]));
  }

  /** `answers`: undefined without answers. */
  end(counted: Counted, answers: ReadonlyMap<ReferenceKey, Outcome<SecretVersion>> | undefined): void {
    for (const [pending, bytes] of counted) {
      const answer = answers?.get(pending.key);
      this.#rate.end(pending.servedNamespace, bytes, answer?.ok === true ? answer.value.value.size : undefined);
    }
  }

  async #dispatchAfter(wait: number): Promise<void> {
    const { clock, lifetime, onReady, onEnd } = this.#options;
    const at = clock.monotonic() + wait;
    if (at >= this.#dispatchAt) return;
    this.#dispatchAt = at;
    try {
      await clock.sleep(ms(wait), lifetime);
    } catch (error) {
      onEnd(error);
      return;
    }
    if (this.#dispatchAt !== at) return;
    this.#dispatchAt = Number.POSITIVE_INFINITY;
    this.#hasWaiting = false;
    onReady();
  }
}
