/** Delays between retries of a failed read: short after an outage, long if a person must act, and never shorter than AWS requests. */
import type { Failure } from '../../../failure/failure.ts';
import { type BackoffPolicy, backoffDelay } from '../../../base/time/backoff.ts';
import { type Ms, ms } from '../../../base/time/clock.ts';

const JITTER = 0.1;
/** A repaired permission is found after 30 s at first, and always within 5 min. */
const REPAIRED_BY_PEOPLE: BackoffPolicy = { base: ms(30_000), cap: ms(300_000), factor: 2, jitter: JITTER };
const THROTTLED: BackoffPolicy = { base: ms(5_000), cap: ms(120_000), factor: 2, jitter: JITTER };
const UNAVAILABLE: BackoffPolicy = { base: ms(2_000), cap: ms(60_000), factor: 2, jitter: JITTER };
/** Only a change of the resource, or of the secret in AWS, can help. */
const REFUSED: BackoffPolicy = { base: ms(300_000), cap: ms(300_000), factor: 1, jitter: JITTER };
/** Each retry costs the maximum number of calls. */
const TOO_MANY: BackoffPolicy = { base: ms(3_600_000), cap: ms(3_600_000), factor: 1, jitter: JITTER };

/** Delay after `failures` (>= 1) consecutive failures. */
export function retryDelay(failure: Failure, failures: number, random: () => number): Ms {
  return ms(Math.max(backoffDelay(policyOf(failure), failures, random), failure.retryAfterMs ?? 0));
}

function policyOf({ reason }: Failure): BackoffPolicy {
  if (reason === 'Throttled') return THROTTLED;
  if (reason === 'AWSUnavailable' || reason === 'KubernetesUnavailable') return UNAVAILABLE;
  if (reason === 'SecretTooLarge') return TOO_MANY;
  return reason === 'AWSRequestRefused' ? REFUSED : REPAIRED_BY_PEOPLE;
}
