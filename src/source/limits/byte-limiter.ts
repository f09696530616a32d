/** Which values may be read now as far as their bytes are concerned, what reads of them come to, and when the others have their turn. */
import type { Outcome } from '../../api/failure.ts';
import type { SecretVersion } from '../../aws/port.ts';
import type { Clock } from '../../base/clock.ts';
import { ms } from '../../base/clock.ts';
import type { Urgency } from './shared-budget.ts';
import { ByteRate } from './byte-rate.ts';
import type { IdentityQueue } from '../reading/identity-queue.ts';
import type { ReferenceKey } from '../port.ts';
import type { PendingRead } from '../reading/pending-reads.ts';

export interface ByteLimiterOptions {
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  /** What has waited for bytes may go on. */
  readonly onTurn: () => void;
  /** The lifetime has ended while something waited. */
  readonly onEnd: (reason: unknown) => void;
}

/** References of a call, with the bytes that each counts until it is answered. */
export type Counted = ReadonlyMap<PendingRead, number>;

export class ByteLimiter {
  readonly #options: ByteLimiterOptions;
  readonly #rate: ByteRate;
  /** Monotonic time of the next turn: one for all identities, because those of one namespace share its rate. */
  #turnAt = Number.POSITIVE_INFINITY;
  #hasWaiting = false;

  constructor(options: ByteLimiterOptions) {
    this.#options = options;
    this.#rate = new ByteRate(options.clock);
  }

  /** May more be read for the namespace? */
  readonly may = (namespace: string, urgency: Urgency): boolean => this.#rate.may(namespace, urgency);

  /** Values wait as this identity, and for all of them it is their bytes that they wait for. */
  holdsBack(identityQueue: IdentityQueue): boolean {
    return identityQueue.size > 0 && identityQueue.namespaces().every(([namespace, urgency]) => !this.may(namespace, urgency));
  }

  /** Takes care that what waits as this identity for its bytes is looked at again. */
  await(identityQueue: IdentityQueue): void {
    let wait = Number.POSITIVE_INFINITY;
    for (const [namespace, urgency] of identityQueue.namespaces()) {
      if (this.may(namespace, urgency)) continue;
      this.#hasWaiting = true;
      const own = this.#rate.waitFor(namespace, urgency);
      if (own > 0) wait = Math.min(wait, own);
    }
    if (wait < Number.POSITIVE_INFINITY) void this.#turnAfter(wait);
  }

  /** Whether anything waits as any identity that the end of a call as another one may let go on. Asks once: who waits on tells so anew. */
  takeWaiting(): boolean {
    const hasWaiting = this.#hasWaiting;
    this.#hasWaiting = false;
    return hasWaiting;
  }

  begin(call: readonly PendingRead[]): Counted {
    return new Map(call.map((pending) => [pending, this.#rate.begin(pending.takenFor)]));
  }

  /** `answers`: undefined where there are none. */
  end(counted: Counted, answers: ReadonlyMap<ReferenceKey, Outcome<SecretVersion>> | undefined): void {
    for (const [pending, bytes] of counted) {
      const answer = answers?.get(pending.key);
      this.#rate.end(pending.takenFor, bytes, answer?.ok === true ? answer.value.value.size : undefined);
    }
  }

  async #turnAfter(wait: number): Promise<void> {
    const { clock, lifetime, onTurn, onEnd } = this.#options;
    const at = clock.monotonic() + wait;
    if (at >= this.#turnAt) return;
    this.#turnAt = at;
    try {
      await clock.sleep(ms(wait), lifetime);
    } catch (error) {
      onEnd(error);
      return;
    }
    if (this.#turnAt !== at) return;
    this.#turnAt = Number.POSITIVE_INFINITY;
    this.#hasWaiting = false;
    onTurn();
  }
}
