/**
 * Which facts a failure of AWS carries: those that its message needs and no others. A call is named only where every way to read a secret (alone or in
 * a batch) gives the same one, because a message that alternates is written to every resource each time; failures of the identity as a whole name no
 * secret, because they are told for all that it reads. Pure.
 */
import type { FailureFacts } from '../../api/failure-facts.ts';
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

const refused: Facts = ({ service, operation, resource }, { name }) => ({ service, operation, resource, code: name });

const ofIdentity: Facts = ({ service, identity }) => ({ service, identity });

/** AWS's words where the key, not the secret, is what may not be used. */
const KEY_DENIED = /^Access to KMS is not allowed|kms:Decrypt/i;

const facts = {
  RemoteSecretNotFound: asked,
  RemoteSecretMarkedForDeletion: asked,
  AccessDenied: denied,
  AssumeRoleDenied: denied,
  KMSFailure: ({ service, region, identity, resource }, { name, message }) => {
    const isDenied = name === 'KmsAccessDenied' || KEY_DENIED.test(message);
    return { service, region, identity, resource, ...(isDenied ? { problem: 'key-denied' } : {}) };
  },
  Throttled: ({ service, region, identity }) => ({ service, region, identity }),
  CredentialsExpired: ({ identity }) => ({ identity }),
  CredentialsInvalid: ofIdentity,
  CredentialsUnavailable: ({ identity }) => ({ identity }),
  ClockSkew: ofIdentity,
  AWSUnavailable: ({ service, region }, { code }) => {
    const network = networkFact(code);
    return { service, region, ...(network === undefined ? {} : { network }) };
  },
  AWSRequestRefused: refused,
  InternalError: refused,
} as const satisfies Record<string, Facts>;

/** The reasons that a call to AWS can fail for. */
export type AwsReason = keyof typeof facts;

export function factsFor(reason: AwsReason, subject: CallSubject, error: AwsError): FailureFacts {
  return facts[reason](subject, error);
}
