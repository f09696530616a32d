// The cost of calls, and the cost if every resource made its own reads.
import { DAY } from './day.ts';
import type { Fleet } from './fleet.ts';
import type { Counts } from './simulated-aws.ts';

/** US dollars (https://aws.amazon.com/secrets-manager/pricing/ and https://aws.amazon.com/kms/pricing/, us-east-1, September 2026). */
const PER_CALL = 0.05 / 10_000;
const PER_DECRYPT = 0.03 / 10_000;

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * AWS doesn't say whether a batch is billed as one call or as one for each secret in it: low and high bound. The high bound also has a
 * decryption for each value with a key of the customer's, the low one none.
 */
export function dollarsOf({ BatchGetSecretValue: batch, GetSecretValue: single }: Counts): Bounds {
  const refused = batch.throttled + batch.failed;
  const values = batch.secrets + single.secrets;
  return {
    low: (batch.calls + single.calls) * PER_CALL,
    high: (batch.secrets + refused + single.calls) * PER_CALL + values * PER_DECRYPT,
  };
}

export interface Naive {
  readonly calls: number;
  readonly perSecond: number;
  readonly dollars: Bounds;
}

/** Computed, not simulated: one GetSecretValue for each resource and interval, without failures, retries and the first fill. */
export function naiveDay({ resources }: Fleet): Naive {
  const calls = resources.reduce((sum, { interval }) => sum + DAY / interval, 0);
  return { calls, perSecond: calls / (DAY / 1_000), dollars: { low: calls * PER_CALL, high: calls * (PER_CALL + PER_DECRYPT) } };
}
