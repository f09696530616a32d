/** What the answers of one call say beyond the references that it asked for. Pure. */
import type { Failure, Outcome } from '../../api/failure.ts';
import { isIdentityWide } from '../../aws/failure/errors.ts';

export type CallResult =
  /** One answer or refusal of its own proves that the service answers and takes the identity. */
  | { readonly kind: 'passed' }
  /** Whatever the identity asks next will fail the same way. */
  | { readonly kind: 'identity'; readonly failure: Failure }
  /** The service gave no answer for any of them: an outage, if others find the same. */
  | { readonly kind: 'service'; readonly failure: Failure };

/** Undefined when they say nothing about anything else. */
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
