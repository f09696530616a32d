/** The time that a reflector waits before the next attempt. The numbers are those of client-go (tools/cache/reflector.go). */
import { backoffDelay, type BackoffPolicy } from '../../base/time/backoff.ts';
import { type Clock, type Ms, ms } from '../../base/time/clock.ts';
import type { KubeFailure } from '../port.ts';

export interface ReconnectPolicy {
  readonly backoff: BackoffPolicy;
  /** After this time without a failure, the delays start from the beginning. */
  readonly resetAfter: Ms;
}

export const reconnectPolicy: ReconnectPolicy = {
  backoff: { base: ms(800), factor: 2, cap: ms(30_000), jitter: 1 },
  resetAfter: ms(120_000),
};

export class ReconnectDelay {
  readonly #clock: Clock;
  readonly #policy: ReconnectPolicy;
  #failures = 0;
  #lastFailureAt = 0;
  #lastKind: KubeFailure['kind'] | undefined;

  constructor(clock: Clock, policy: ReconnectPolicy = reconnectPolicy) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /**
   * The delay after one more failure. Retry-After is a lower bound. 0 for an expired resource version, unless the list after it did not
   * help: an API server that recovers from an outage responds, but knows no old resource version.
   */
  after(failure: KubeFailure): Ms {
    const now = this.#clock.monotonic();
    if (now - this.#lastFailureAt > this.#policy.resetAfter) {
      this.#failures = 0;
      this.#lastKind = undefined;
    }
    const curable = failure.kind === 'expired' && this.#lastKind !== 'expired';
    this.#lastFailureAt = now;
    this.#lastKind = failure.kind;
    this.#failures += 1;
    if (curable) return ms(0);
    return ms(Math.max(backoffDelay(this.#policy.backoff, this.#failures), failure.retryAfterMs ?? 0));
  }
}
