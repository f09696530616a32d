/** Error names of AWS and of the SDK, and their reasons. */
import type { AwsReason } from './facts-for.ts';

export const REASON_BY_NAME: ReadonlyMap<string, AwsReason> = new Map<string, AwsReason>([
  ...names('RemoteSecretNotFound', 'ResourceNotFoundException', 'ParameterNotFound', 'ParameterVersionNotFound'),
  // The error of ListTagsForResource for a parameter that does not exist.
  ...names('RemoteSecretNotFound', 'InvalidResourceId'),
  ...names('RemoteSecretNotFound', 'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'),
  ...names('KMSFailure', 'DecryptionFailure', 'EncryptionFailure', 'InvalidKeyId', 'KmsAccessDenied', 'KmsDisabled', 'KmsNotFound'),
  ...names('Throttled', 'ThrottlingException', 'Throttling', 'ThrottledException', 'TooManyRequestsException', 'TooManyRequests'),
  ...names('Throttled', 'RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException', 'SlowDown', 'BandwidthLimitExceeded'),
  ...names('Throttled', 'PriorRequestNotComplete', 'TransactionInProgressException', 'ProvisionedThroughputExceededException'),
  // KmsThrottled: KMS throttles what SQS asks of it.
  ...names('Throttled', 'EC2ThrottledException', 'KmsThrottled'),
  // A number of things, not of calls, though the SDK counts the first one as throttling: fewer calls do not help. OverLimit: messages of a queue in flight.
  ...names('AWSQuotaExceeded', 'LimitExceededException', 'ServiceQuotaExceededException', 'OverLimit'),
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
