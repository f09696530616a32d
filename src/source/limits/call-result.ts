/** The result of one call for its identity and its service. Pure. */
import type { Failure, Outcome } from '../../api/failure.ts';
import { isIdentityWide } from '../../aws/failure/errors.ts';

export type CallResult =
  /** One answer, or the refusal of one reference, proves that the service is available and accepts the identity. */
  | { readonly kind: 'passed' }
  /** Every call with this identity fails in the same way. */
  | { readonly kind: 'identity'; readonly failure: Failure }
  /** The service answered none of the references. It is an outage if other calls have the same result. */
  | { readonly kind: 'service'; readonly failure: Failure };

/** Undefined if the answers show neither the state of the identity nor of the service. */
export function callResultOf(outcomes: Iterable<Outcome<unknown>>): CallResult | undefined {
  let callResult: CallResult | undefined;
  for (const outcome of outcomes) {
    if (outcome.ok) return { kind: 'passed' };
    const { failure } = outcome;
    if (isIdentityWide(failure)) callResult ??= { kind: 'identity', failure };
    else if (failure.reason === 'AWSUnavailable') callResult ??= { kind: 'service', failure };
    else if (failure.reason !== 'InternalError') return { kind: 'passed' };
  }
  return callResult;
}
