/** What the API server said -> what a person is told. The meaning is the same for every caller, so it's given here, once. */
import { failure, type Failure } from '../api/failure.ts';
import type { FailureReason } from '../api/reasons.ts';
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

/** not-found, already-exists and conflict all mean that the world moved since it was looked at: look again. */
export function failureOf(of: KubeFailure): Failure {
  const retryAfter = of.retryAfterMs === undefined ? {} : { retryAfterMs: of.retryAfterMs };
  return failure(REASONS[of.kind], of.message, { cause: of.cause, ...retryAfter });
}
