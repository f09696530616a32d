/** Turns a KubeFailure into a failure with a reason. The meaning is the same for every caller. */
import { failure, type Failure } from '../failure/failure.ts';
import type { FailureReason } from '../failure/reasons.ts';
import type { KubeFailure } from './port.ts';

const REASONS: Readonly<Record<KubeFailure['kind'], FailureReason>> = {
  'not-found': 'Conflict',
  'already-exists': 'Conflict',
  conflict: 'Conflict',
  forbidden: 'Forbidden',
  unauthorized: 'KubernetesUnavailable',
  invalid: 'InvalidSpec',
  'too-large': 'SecretTooLarge',
  quota: 'QuotaExceeded',
  'admission-denied': 'AdmissionDenied',
  'namespace-terminating': 'NamespaceTerminating',
  expired: 'KubernetesUnavailable',
  throttled: 'KubernetesUnavailable',
  unavailable: 'KubernetesUnavailable',
};

/** not-found, already-exists and conflict mean that the object has changed since it was read: read it again. */
export function failureOf(of: KubeFailure): Failure {
  const retryAfter = of.retryAfterMs === undefined ? {} : { retryAfterMs: of.retryAfterMs };
  return failure(REASONS[of.kind], of.message, { cause: of.cause, ...retryAfter });
}
