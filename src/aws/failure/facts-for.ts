/**
 * The facts of a failure of AWS: only those that its message needs. The operation is named only if a single call and a batch call give the
 * same name. Otherwise the message would alternate, and each change is written to every resource. A failure of the whole identity names no
 * secret, because all its resources show it. Pure.
 */
import type { FailureFacts } from '../../failure/failure-facts.ts';
import type { AwsError } from './aws-error.ts';
import { denialIn } from './denial.ts';
import type { CallSubject } from './call-subject.ts';
import { networkFact } from './network-errors.ts';

type Facts = (subject: CallSubject, error: AwsError) => FailureFacts;

const denied: Facts = ({ service, region, operation, identity, resource }, { message }) => {
  const denial = denialIn(message);
  return { service, region, operation, identity, resource, ...(denial === undefined ? {} : { denial }) };
};

const asked: Facts = ({ service, region, resource }) => ({ service, region, resource });

const failedCall: Facts = ({ service, region, operation, resource }, { name }) => ({ service, region, operation, resource, code: name });

/** Without an answer it is the SDK that refused to make the request. */
const refused: Facts = (subject, error) =>
  error.status === undefined
    ? { service: subject.service, region: subject.region, code: error.name, problem: 'no-endpoint' }
    : failedCall(subject, error);

const roleRefused: Facts = (subject, error) => {
  const { identity } = subject;
  return { ...failedCall(subject, error), identity, ...(error.status === undefined ? { problem: 'no-endpoint' } : {}) };
};

const ofIdentity: Facts = ({ service, identity }) => ({ service, identity });

/** The text of AWS if access to the KMS key is denied, not access to the secret. */
const KEY_DENIED = /^Access to KMS is not allowed|kms:(?:Decrypt|Encrypt|GenerateDataKey)/i;

const facts = {
  RemoteSecretNotFound: asked,
  RemoteSecretMarkedForDeletion: asked,
  AccessDenied: denied,
  AssumeRoleDenied: denied,
  AssumeRoleRefused: roleRefused,
  KMSFailure: ({ service, region, identity, resource }, { name, message }) => {
    const isDenied = name === 'KmsAccessDenied' || KEY_DENIED.test(message);
    return { service, region, identity, resource, ...(isDenied ? { problem: 'key-denied' } : {}) };
  },
  Throttled: ({ service, region, identity }) => ({ service, region, identity }),
  AWSQuotaExceeded: ({ service, region, operation, resource }) => ({ service, region, operation, resource }),
  CredentialsExpired: ({ identity }) => ({ identity }),
  CredentialsInvalid: ofIdentity,
  CredentialsUnavailable: ({ identity }) => ({ identity }),
  ClockSkew: ofIdentity,
  AWSUnavailable: ({ service, region }, { code }) => {
    const network = networkFact(code);
    return { service, region, ...(network === undefined ? {} : { network }) };
  },
  AWSRequestRefused: refused,
  InternalError: failedCall,
} as const satisfies Record<string, Facts>;

/** The reasons of failed calls to AWS. */
export type AwsReason = keyof typeof facts;

/** A write has one operation, which its message names wherever it names the secret. */
export function factsFor(reason: AwsReason, subject: CallSubject, error: AwsError): FailureFacts {
  const known: FailureFacts = facts[reason](subject, error);
  return subject.isWrite === true && known.resource !== undefined ? { ...known, operation: subject.operation } : known;
}
