// Errors without a response of a server: of the network, of the configuration, of Keytender.
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { retryOf } from '../../../../src/failure/failure.ts';
import type { CallSubject } from '../../../../src/aws/failure/call-subject.ts';
import { fromAws, fromBatchError, isAboutOne, isIdentityWide, isThrottling } from '../../../../src/aws/failure/errors.ts';
import { said } from '../../../support/said.ts';

const subject: CallSubject = {
  service: 'secretsmanager',
  operation: 'GetSecretValue',
  resource: { type: 'secret', name: 'a' },
  owner: '',
  identity: { label: 'operator identity', from: 'operator', roles: 0 },
  region: 'eu-central-1',
};
const NO_ANSWER = 'Secrets Manager in eu-central-1 gave no usable answer';

function network(code: string): Error {
  return Object.assign(new Error(`something at 10.1.2.3 ${code}`), { code });
}

describe('fromAws', () => {
  it.each([
    ['ECONNREFUSED', NO_ANSWER],
    ['ECONNRESET', NO_ANSWER],
    ['ETIMEDOUT', NO_ANSWER],
    ['EPIPE', NO_ANSWER],
    ['HPE_INVALID_CONSTANT', NO_ANSWER],
    ['ENOTFOUND', `${NO_ANSWER}: its name does not resolve`],
    ['EAI_AGAIN', `${NO_ANSWER}: its name does not resolve`],
    ['CERT_HAS_EXPIRED', `${NO_ANSWER}: its certificate is not trusted`],
    ['SELF_SIGNED_CERT_IN_CHAIN', `${NO_ANSWER}: its certificate is not trusted`],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', `${NO_ANSWER}: its certificate is not trusted`],
    ['ERR_TLS_CERT_ALTNAME_INVALID', `${NO_ANSWER}: its certificate is not trusted`],
  ])('words %s so that an outage reads the same from try to try', (code, message) => {
    const failure = fromAws(network(code), subject);
    expect([failure.reason, said(failure)]).toEqual(['AWSUnavailable', message]);
  });

  it.each([
    [new TypeError('x is not a function'), 'InternalError'],
    ['a string', 'InternalError'],
    [undefined, 'InternalError'],
    [new Error('Invalid Configuration: FIPS and custom endpoint are not supported'), 'AWSRequestRefused'],
    [Object.assign(new Error('no'), { name: 'EndpointError' }), 'AWSRequestRefused'],
    [{ name: 'Moved', $metadata: { httpStatusCode: 302 } }, 'AWSUnavailable'],
    [{ name: 'Odd', $metadata: { httpStatusCode: 401 } }, 'AccessDenied'],
    [{ name: 'Odd', $metadata: { httpStatusCode: 502 } }, 'AWSUnavailable'],
  ])('is total: %p', (error, reason) => {
    expect(fromAws(error, subject).reason).toBe(reason);
  });

  it.each([
    ['AccessDenied', 'AssumeRoleDenied'],
    ['IDPRejectedClaim', 'AssumeRoleDenied'],
    ['InvalidIdentityToken', 'CredentialsInvalid'],
    ['ExpiredTokenException', 'CredentialsExpired'],
    ['PackedPolicyTooLarge', 'AssumeRoleRefused'],
    ['RegionDisabledException', 'AssumeRoleRefused'],
    ['ValidationError', 'AssumeRoleRefused'],
    ['Surprise', 'AssumeRoleRefused'],
    ['IDPCommunicationError', 'AWSUnavailable'],
    ['Throttling', 'Throttled'],
    ['LimitExceededException', 'AWSQuotaExceeded'],
  ])('reads STS codes: %s', (name, reason) => {
    const sts = { ...subject, service: 'sts', operation: 'AssumeRole', resource: { type: 'role', name: 'r' } } as const;
    expect(fromAws({ name, $metadata: { httpStatusCode: 400 } }, sts).reason).toBe(reason);
  });

  it.each(['sts', 'credentials'] as const)('gives what %s refuses as invalid to the identity as a whole, to be tried again', (service) => {
    const refusal = fromAws({ name: 'ValidationError', $metadata: { httpStatusCode: 400 } }, { ...subject, service });
    expect([isIdentityWide(refusal), retryOf(refusal)]).toEqual([true, 'backoff']);
  });

  it('knows a request that the SDK could not make from one that AWS refused', () => {
    const unsent = fromAws(Object.assign(new Error('Invalid Configuration: Missing Region'), { name: 'EndpointError' }), subject);
    expect(said(unsent)).toBe('Secrets Manager has no endpoint for eu-central-1 (EndpointError)');
    const refusal = fromAws({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } }, subject);
    expect(said(refusal)).toBe('GetSecretValue for secret "a" in eu-central-1 was refused as invalid (ValidationException)');
  });
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html, and the list of the SDK.
  it.each([
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'TooManyRequests',
    'SlowDown',
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    'KmsThrottled',
    'PriorRequestNotComplete',
    'TransactionInProgressException',
    'ProvisionedThroughputExceededException',
  ])('takes %s for throttling', (name) => {
    const error = { name, $metadata: { httpStatusCode: 400 } };
    expect([fromAws(error, subject).reason, isThrottling(error)]).toEqual(['Throttled', true]);
  });

  it.each(['LimitExceededException', 'ServiceQuotaExceededException', 'OverLimit'])(
    'takes %s for a quota, which is no throttling',
    (name) => {
      const error = { name, message: 'too many', $metadata: { httpStatusCode: 400 } };
      const failure = fromAws(error, subject);
      expect([failure.reason, isThrottling(error), isAboutOne(failure)]).toEqual(['AWSQuotaExceeded', false, true]);
      expect(said(failure)).toBe('GetSecretValue for secret "a" would exceed a quota of Secrets Manager in eu-central-1');
      expect(fromBatchError(name, 'too many', subject).reason).toBe('AWSQuotaExceeded');
    },
  );

  it('carries on nothing of what the SDK hangs on an error, nor a name that is none', () => {
    const error = Object.assign(new SyntaxError('Unexpected token canary'), {
      $responseBodyText: '{"SecretString":"canary"}',
      $response: { body: 'canary' },
      $metadata: { httpStatusCode: 200, requestId: 'canary' },
    });
    const odd = { name: 'canary is\nno name', message: 'canary', $metadata: { httpStatusCode: 400, requestId: 'canary' } };
    const failures = [fromAws(error, subject), fromAws(odd, subject), fromBatchError('canary is\nno code', 'canary', subject)];
    expect(failures.map(({ reason }) => reason)).toEqual(['AWSUnavailable', 'AWSRequestRefused', 'AWSRequestRefused']);
    expect(inspect(failures, { depth: 9, showHidden: true }).replaceAll(/at .*/g, '')).not.toContain('canary');
  });
});
