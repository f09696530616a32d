/** A failed write as a failure with its reason, which says whether and when it is tried again (`retryOf`). Pure. */
import { failure, type Failure } from '../../failure/failure.ts';
import type { StageFacts } from '../../failure/failure-facts.ts';
import { assertNever } from '../../base/assert-never.ts';
import type { StageMove, WriteFailure } from '../writer-port.ts';

export function failureOfWrite(write: WriteFailure): Failure {
  const { request } = write;
  switch (write.kind) {
    case 'failed':
    case 'quota':
      return write.failure;
    case 'exists':
      return failure('RemoteSecretConflict', { ...request, problem: write.what });
    case 'stage-moved':
      return failure('RemoteSecretConflict', { ...request, problem: 'stage-moved', stage: stageFacts(write.move, write.holder) });
    case 'stage-unknown':
      return failure('RemoteSecretConflict', { ...request, problem: unknownProblem(write.notDescribed), stage: stageFacts(write.move) });
    case 'not-leader':
      return failure('KubernetesUnavailable', { ...request, problem: write.mayBeWritten ? 'lease-lost-in-flight' : 'lease-lost' });
    case 'over-budget':
      return failure('Throttled', { ...request, problem: 'write-limit' }, { retryAfterMs: write.retryAfterMs });
    default:
      return assertNever(write);
  }
}

/** Only a missing permission is for people to repair. */
function unknownProblem(notDescribed: Failure | undefined): 'stage-not-seen' | 'stage-unknown' {
  return notDescribed?.reason === 'AccessDenied' ? 'stage-not-seen' : 'stage-unknown';
}

function stageFacts({ stage: name, to, from }: StageMove, holder?: string): StageFacts {
  return {
    name,
    ...(to === undefined ? {} : { to }),
    ...(from === undefined ? {} : { from }),
    ...(holder === undefined ? {} : { holder }),
  };
}
