/**
 * Turns errors of AWS, the SDK and the network into failures. The text of AWS is read but never copied, because it may quote ARNs of principals and request
 * ids. The SDK exports no classes for throttling and access errors, so their names and the HTTP status decide.
 */
import { type Failure, failure } from '../../failure/failure.ts';
import type { FailureFacts } from '../../failure/failure-facts.ts';
import type { FailureReason } from '../../failure/reasons.ts';
import type { CallSubject } from './call-subject.ts';
import { type AwsError, readError } from './aws-error.ts';
import { type AwsReason, factsFor } from './facts-for.ts';
import { isNetworkError } from './network-errors.ts';
import { REASON_BY_NAME } from './reason-by-name.ts';

/** Failures that concern every call of the identity. Their messages name no secret. */
const IDENTITY_WIDE: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'Throttled',
  'AssumeRoleDenied',
  'AssumeRoleRefused',
  'CredentialsInvalid',
  'CredentialsExpired',
  'CredentialsUnavailable',
  'ClockSkew',
]);

export function isIdentityWide({ reason, during }: Failure): boolean {
  return during === 'credentials' || IDENTITY_WIDE.has(reason);
}

/** Whether the failure concerns only the requested secret. Then a batch without that secret can succeed. */
export function isAboutOne(failure: Failure): boolean {
  return failure.reason !== 'AWSUnavailable' && failure.reason !== 'InternalError' && !isIdentityWide(failure);
}

/** Every error becomes a failure. The caller handles the abort of its own signal before. */
export function fromAws(error: unknown, subject: CallSubject): Failure {
  const read = readError(error);
  const reason = reasonOf(read, subject);
  // Only the name is kept: the SDK adds the raw response to its errors, and the response may contain a value. A text, because the stack of an Error takes as
  // much memory as the rest of a failed reference, and there may be tens of thousands.
  return failure(reason, factsFor(reason, subject, read), { cause: `${read.name} (HTTP ${read.status ?? 'none'})` });
}

/** The facts of a response without a member that AWS always sends. */
export function incomplete({ service, region, resource }: CallSubject): FailureFacts {
  return { service, region, resource, problem: 'incomplete-answer' };
}

/** The error code of AWS, or the class name of any other error. */
export function codeOf(error: unknown): string {
  return readError(error).name;
}

/** Whether AWS throttled the call. */
export function isThrottling(error: unknown): boolean {
  const read = readError(error);
  return (REASON_BY_NAME.get(read.name) ?? byStatus(read)) === 'Throttled';
}

/** An entry of the Errors list of a batch response. */
export function fromBatchError(code: string | undefined, message: string | undefined, subject: CallSubject): Failure {
  return fromAws({ name: code ?? '', message: message ?? '', $metadata: { httpStatusCode: 400 } }, subject);
}

/** Reasons of calls for credentials, which are about the identity of a store and not about a secret. */
const OF_ROLES: ReadonlyMap<AwsReason, AwsReason> = new Map<AwsReason, AwsReason>([
  ['AccessDenied', 'AssumeRoleDenied'],
  ['AWSRequestRefused', 'AssumeRoleRefused'],
]);

function reasonOf(error: AwsError, subject: CallSubject): AwsReason {
  const named = REASON_BY_NAME.get(error.name);
  const reason = named === undefined ? byStatus(error) : refined(named, error);
  if (subject.service !== 'sts' && subject.service !== 'credentials') return reason;
  if (error.code === 'ENOENT' || error.code === 'EACCES') return 'CredentialsUnavailable';
  return OF_ROLES.get(reason) ?? reason;
}

/** If a name has several meanings, the text of AWS decides. */
function refined(reason: AwsReason, error: AwsError): AwsReason {
  switch (error.name) {
    case 'InvalidRequestException':
      return /marked for deletion|scheduled for deletion|marked deleted/i.test(error.message) ? 'RemoteSecretMarkedForDeletion' : reason;
    case 'AccessDeniedException':
      return /^Access to KMS is not allowed|kms:(?:Decrypt|Encrypt|GenerateDataKey)|^The ciphertext refers to a/i.test(error.message)
        ? 'KMSFailure'
        : reason;
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
      return /signature expired|not yet current/i.test(error.message) ? 'ClockSkew' : reason;
    default:
      return reason;
  }
}

/** For unknown names: proxies and emulators return bodies that the SDK cannot parse. */
function byStatus(error: AwsError): AwsReason {
  const { status, code } = error;
  // Node refuses to send a header value. Only credentials can cause this error, because all other headers are fixed.
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
