/**
 * The border where what AWS (or the way to it) answered becomes a Failure. AWS's own text is read but never copied: it may quote ARNs of
 * principals and request ids. Throttling and access errors have no exported classes, so names and HTTP status decide (facts: AWS 1.6).
 */
import { type Failure, failure } from '../../api/failure.ts';
import type { FailureFacts } from '../../api/failure-facts.ts';
import type { FailureReason } from '../../api/reasons.ts';
import type { CallSubject } from './call-subject.ts';
import { type AwsError, readError } from './aws-error.ts';
import { type AwsReason, factsFor } from './facts-for.ts';
import { isNetworkError } from './network-errors.ts';
import { REASON_BY_NAME } from './reason-by-name.ts';

/** Failures of the identity as a whole: whatever it asks next will fail the same way. Their messages name no secret. */
const IDENTITY_WIDE: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'Throttled',
  'AssumeRoleDenied',
  'CredentialsInvalid',
  'CredentialsExpired',
  'CredentialsUnavailable',
  'ClockSkew',
]);

export function isIdentityWide({ reason, during }: Failure): boolean {
  return during === 'credentials' || IDENTITY_WIDE.has(reason);
}

/** Is it about what was asked for? Then a batch without that may well succeed. */
export function isAboutOne(failure: Failure): boolean {
  return failure.reason !== 'AWSUnavailable' && failure.reason !== 'InternalError' && !isIdentityWide(failure);
}

/** Total: every error becomes a failure. The caller has told aborts of its own signal apart before. */
export function fromAws(error: unknown, subject: CallSubject): Failure {
  const read = readError(error);
  const reason = reasonOf(read, subject);
  // The SDK hangs the raw answer on its errors; it may hold a value, so that nothing but the name goes on.
  return failure(reason, factsFor(reason, subject, read), { cause: new Error(`${read.name} (HTTP ${read.status ?? 'none'})`) });
}

/** The facts of an answer that lacks what AWS always sends. */
export function incomplete({ service, region, resource }: CallSubject): FailureFacts {
  return { service, region, resource, problem: 'incomplete-answer' };
}

/** AWS's code of an error, or the class of an error that is not AWS's. */
export function codeOf(error: unknown): string {
  return readError(error).name;
}

/** Did AWS throttle a call of any service? */
export function isThrottling(error: unknown): boolean {
  const read = readError(error);
  return (REASON_BY_NAME.get(read.name) ?? byStatus(read)) === 'Throttled';
}

/** An entry of the Errors list of a batch answer. */
export function fromBatchError(code: string | undefined, message: string | undefined, subject: CallSubject): Failure {
  return fromAws({ name: code ?? '', message: message ?? '', $metadata: { httpStatusCode: 400 } }, subject);
}

function reasonOf(error: AwsError, subject: CallSubject): AwsReason {
  const named = REASON_BY_NAME.get(error.name);
  const reason = named === undefined ? byStatus(error) : refined(named, error);
  if (subject.service !== 'sts' && subject.service !== 'credentials') return reason;
  if (error.code === 'ENOENT' || error.code === 'EACCES') return 'CredentialsUnavailable';
  return reason === 'AccessDenied' ? 'AssumeRoleDenied' : reason;
}

/** Where one name means several things, AWS's text tells which. */
function refined(reason: AwsReason, error: AwsError): AwsReason {
  switch (error.name) {
    case 'InvalidRequestException':
      return /marked for deletion|scheduled for deletion|marked deleted/i.test(error.message) ? 'RemoteSecretMarkedForDeletion' : reason;
    case 'AccessDeniedException':
      return /^Access to KMS is not allowed|kms:Decrypt|^The ciphertext refers to a/i.test(error.message) ? 'KMSFailure' : reason;
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
      return /signature expired|not yet current/i.test(error.message) ? 'ClockSkew' : reason;
    default:
      return reason;
  }
}

/** For names that nobody knows: proxies and emulators answer with bodies that the SDK cannot read. */
function byStatus(error: AwsError): AwsReason {
  const { status, code } = error;
  // A header value that Node refuses to send: only credentials come from outside.
  if (code === 'ERR_INVALID_CHAR') return 'CredentialsInvalid';
  if (status === undefined) return !isNetworkError(code) ? configurationProblem(error) : 'AWSUnavailable';
  if (status === 401 || status === 403) return 'AccessDenied';
  if (status === 429) return 'Throttled';
  if (error.name === 'SyntaxError' || status >= 500 || status < 400) return 'AWSUnavailable';
  return 'AWSRequestRefused';
}

function configurationProblem(error: AwsError): AwsReason {
  return error.message.startsWith('Invalid Configuration') ? 'AWSRequestRefused' : 'InternalError';
}
