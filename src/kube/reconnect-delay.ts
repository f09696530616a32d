/** How long a reflector waits before it tries again: client-go's numbers (tools/cache/reflector.go), so that an API server under stress is not stormed. */
import { backoffDelay, type BackoffPolicy } from '../base/backoff.ts';
import { type Clock, type Ms, ms } from '../base/clock.ts';
import type { KubeFailure } from './port.ts';

export interface ReconnectPolicy {
  readonly backoff: BackoffPolicy;
  /** After this long without a failure the delays start small again. */
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

  constructor(clock: Clock, policy: ReconnectPolicy = reconnectPolicy) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /** Delay after one more failure; 0 for a first expired resource version, because a new list cures it. Retry-After is a lower bound. */
  after(failure: KubeFailure): Ms {
    const now = this.#clock.monotonic();
    if (now - this.#lastFailureAt > this.#policy.resetAfter) this.#failures = 0;
    this.#lastFailureAt = now;
    this.#failures += 1;
    if (failure.kind === 'expired' && this.#failures === 1) return ms(0);
    return ms(Math.max(backoffDelay(this.#policy.backoff, this.#failures), failure.retryAfterMs ?? 0));
  }
}
