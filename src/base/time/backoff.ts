/** Exponential backoff with jitter, as a pure function of the number of failures. */
import { type Ms, ms } from './clock.ts';

export interface BackoffPolicy {
  readonly base: Ms;
  readonly cap: Ms;
  /** Multiplier for each further failure. */
  readonly factor: number;
  /** 0: none; 0.2: up to 20 % longer. Jitter never makes a delay shorter, so a lower bound holds. */
  readonly jitter: number;
}

/** Delay before the next try after `failures` (>= 1) consecutive failures. `random` returns a number in [0, 1). */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: () => number = Math.random): Ms {
  const exponent = Math.min(Math.max(failures - 1, 0), 64);
  const plain = Math.min(policy.base * policy.factor ** exponent, policy.cap);
  return ms(Math.round(plain * (1 + policy.jitter * random())));
}
