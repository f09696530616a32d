/** Prices of calls in dollars, and the lower and upper bound for one call. Pure. */
import { PARAMETERS_ON_A_PAGE } from '../list-limits.ts';
import type { AwsCall } from '../call/observed-call.ts';

/**
 * Prices of one call, decryption or request in us-east-1, as of 2026-09-20: https://aws.amazon.com/secrets-manager/pricing/,
 * https://aws.amazon.com/kms/pricing/, https://aws.amazon.com/systems-manager/pricing/ (for each parameter, with higher throughput or an
 * advanced parameter; else free), https://aws.amazon.com/sqs/pricing/ (the first million of a month is free). STS is free.
 */
export const prices = {
  secretsManagerCall: 0.05 / 10_000,
  kmsDecrypt: 0.03 / 10_000,
  parameterStoreCall: 0.05 / 10_000,
  sqsRequest: 0.4 / 1_000_000,
} as const;

type CostlyCall = Pick<AwsCall, 'service' | 'operation' | 'result' | 'attempts' | 'secrets'>;

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * AWS does not document whether a batch is billed as one call or as one call for each secret, and whether failed calls are billed.
 * Decryptions are free with the key `aws/secretsmanager`, but not with `aws/ssm`, and for parameters without encryption. The bounds include
 * all these cases.
 */
export function costOf({ service, operation, result, attempts, secrets }: CostlyCall): Bounds {
  // The response contains the values, although only names are requested.
  const billed = operation === 'GetParametersByPath' ? PARAMETERS_ON_A_PAGE : Math.max(secrets, 1);
  const calls = Math.max(attempts, 1) * billed;
  const decrypts = result === 'ok' ? secrets * prices.kmsDecrypt : 0;
  switch (service) {
    case 'secretsmanager':
      return { low: result === 'ok' ? prices.secretsManagerCall : 0, high: calls * prices.secretsManagerCall + decrypts };
    case 'ssm':
      return { low: 0, high: calls * prices.parameterStoreCall + decrypts };
    case 'sqs':
      return { low: 0, high: Math.max(attempts, 1) * prices.sqsRequest };
    case 'sts':
    case 'credentials':
      return { low: 0, high: 0 };
    default:
      return service satisfies never;
  }
}
