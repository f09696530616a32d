/**
 * The border where what AWS (or the way to it) answered becomes a Failure. AWS's own text is read but never copied: it may quote ARNs of
 * principals and request ids. Throttling and access errors have no exported classes, so names and HTTP status decide (facts: AWS 1.6).
 */
import { type Failure, failure } from '../../api/failure.ts';
import type { FailureFacts } from '../../api/failure-facts.ts';
import type { FailureReason } from '../../api/reasons.ts';
import type { CallSubject } from './call-subject.ts';
import { type AwsError, type AwsReason, factsFor } from './facts-for.ts';
import { isNetworkError } from './network-errors.ts';

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

const REASON_BY_NAME: ReadonlyMap<string, AwsReason> = new Map<string, AwsReason>([
  ...names('RemoteSecretNotFound', 'ResourceNotFoundException', 'ParameterNotFound', 'ParameterVersionNotFound'),
  // The answer of ListTagsForResource where there is no such parameter.
  ...names('RemoteSecretNotFound', 'InvalidResourceId'),
  ...names('RemoteSecretNotFound', 'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'),
  ...names('KMSFailure', 'DecryptionFailure', 'EncryptionFailure', 'InvalidKeyId', 'KmsAccessDenied', 'KmsDisabled', 'KmsNotFound'),
  ...names('Throttled', 'ThrottlingException', 'Throttling', 'ThrottledException', 'TooManyRequestsException', 'TooManyRequests'),
  ...names('Throttled', 'RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException', 'SlowDown', 'LimitExceededException'),
  ...names('AccessDenied', 'AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation', 'NotAuthorized', 'OptInRequired'),
  ...names('CredentialsExpired', 'ExpiredTokenException', 'ExpiredToken', 'TokenRefreshRequired'),
  ...names('CredentialsInvalid', 'UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidAccessKeyId', 'AuthFailure'),
  ...names('CredentialsInvalid', 'IncompleteSignature', 'IncompleteSignatureException', 'MissingAuthenticationToken'),
  ...names('CredentialsInvalid', 'MissingAuthenticationTokenException', 'InvalidIdentityToken', 'InvalidIdentityTokenException'),
  ...names('CredentialsInvalid', 'SignatureDoesNotMatch', 'InvalidSignatureException'),
  ...names('ClockSkew', 'RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture'),
  ...names('AssumeRoleDenied', 'IDPRejectedClaim', 'IDPRejectedClaimException'),
  ...names('CredentialsUnavailable', 'CredentialsProviderError', 'TokenProviderError', 'ProviderError'),
  ...names(
    'AWSUnavailable',
    'InternalServiceError',
    'InternalServerError',
    'InternalFailure',
    'ServiceUnavailable',
    'ServiceUnavailableException',
  ),
  ...names('AWSUnavailable', 'IDPCommunicationError', 'IDPCommunicationErrorException', 'TimeoutError', 'AbortError'),
  ...names('AWSRequestRefused', 'InvalidParameterException', 'InvalidRequestException', 'ValidationException', 'ValidationError'),
  ...names('AWSRequestRefused', 'PackedPolicyTooLarge', 'PackedPolicyTooLargeException', 'MalformedPolicyDocument', 'EndpointError'),
  ...names('AWSRequestRefused', 'MalformedPolicyDocumentException', 'RegionDisabledException', 'InvalidNextTokenException'),
]);

function names(reason: AwsReason, ...all: readonly string[]): readonly (readonly [string, AwsReason])[] {
  return all.map((name) => [name, reason] as const);
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

/** An error of another realm (a worker's, a test runner's) is no Error to the SDK: it keeps only its text, behind these words. */
const WRAPPED = /^AWS SDK error wrapper for (\w+)/;
/** What AWS says of an error is told by its beginning; the rest may quote a request. */
const MAX_MESSAGE = 4_096;
const CODE_IN_TEXT = /\b(?:E[A-Z]{3,}|ERR_[A-Z_]+)\b/;

function readError(error: unknown): AwsError {
  const record = typeof error === 'object' && error !== null ? (error as Partial<Record<string, unknown>>) : {};
  const metadata: unknown = record['$metadata'];
  const status: unknown =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  const message = typeof record['message'] === 'string' ? record['message'].slice(0, MAX_MESSAGE) : '';
  const wrapped = WRAPPED.exec(message)?.[1];
  const name = wrapped ?? record['name'];
  const code = wrapped === undefined ? record['code'] : CODE_IN_TEXT.exec(message)?.[0];
  return {
    name: typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) ? name : 'Error',
    message,
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
  };
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
