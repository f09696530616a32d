/**
 * What people are told about each failure of AWS: our own words, equal for equal failures. A message names the call only where every way to
 * read a secret (alone or in a batch) would name the same one, because a message that alternates is written to every resource each time.
 */
import type { CallSubject } from './errors.ts';
import { networkProblem } from './network-errors.ts';

export interface AwsErrorFacts {
  /** AWS's code or the class of the error. */
  readonly name: string;
  /** Of Node, for what went wrong on the way. */
  readonly code: string | undefined;
}

type Message = (subject: CallSubject, facts: AwsErrorFacts) => string;

const SERVICE_NAMES = {
  secretsmanager: 'Secrets Manager',
  ssm: 'Parameter Store',
  sqs: 'SQS',
  sts: 'STS',
  credentials: 'the source of credentials',
} as const;

const denied: Message = ({ as, operation, what }) => `${as} may not call ${operation} for ${what}`;

const messages = {
  RemoteSecretNotFound: ({ what, region }) => `${what} was not found in ${region}`,
  RemoteSecretMarkedForDeletion: ({ what, region }) => `${what} is marked for deletion in ${region}`,
  AccessDenied: denied,
  AssumeRoleDenied: denied,
  KMSFailure: ({ as, what }) => `${what} could not be decrypted for ${as}`,
  Throttled: ({ as, region, service }) => `${SERVICE_NAMES[service]} throttles the calls of ${as} in ${region}`,
  CredentialsExpired: ({ as }) => `the credentials of ${as} have expired`,
  CredentialsInvalid: ({ as, service }) => `${SERVICE_NAMES[service]} does not accept the credentials of ${as}`,
  CredentialsUnavailable: ({ as }) => `no credentials were found for ${as}`,
  ClockSkew: ({ as, service }) => `${SERVICE_NAMES[service]} refuses the time in the signatures of ${as}`,
  AWSUnavailable: ({ region, service }, { code }) =>
    `${SERVICE_NAMES[service]} in ${region} gave no usable answer${networkProblem(code) ?? ''}`,
  AWSRequestRefused: ({ operation, what }, { name }) => `${operation} for ${what} was refused as wrong (${name})`,
  InternalError: ({ operation, what }, { name }) => `${operation} for ${what} failed unexpectedly (${name})`,
} as const satisfies Record<string, Message>;

/** The reasons that a call to AWS can fail for. */
export type AwsReason = keyof typeof messages;

export function messageFor(reason: AwsReason, subject: CallSubject, facts: AwsErrorFacts): string {
  return messages[reason](subject, facts);
}
