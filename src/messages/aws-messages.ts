/** What people are told about each failure of AWS: what failed, and what to do. Pure. */
import type { AwsServiceName, FailureFacts, IdentityFacts } from '../failure/failure-facts.ts';
import { failureReasons } from '../failure/reasons.ts';
import { assumeRoleAction, deniedAction, deniedWords } from './denied.ts';
import { say, type Piece } from './fit.ts';
import { quotaExceeded, requestRefused, roleRefused } from './refused.ts';
import { mayShowIdentity, type ReaderContext } from './reader.ts';
import type { Message, Wordings } from './wording.ts';
import { identityWords, objectWords, resourceWords, serviceName } from './words.ts';

export const awsMessages: Wordings = {
  AccessDenied: (facts, view) => ({ said: deniedWords(facts, view), action: deniedAction(facts) }),
  AssumeRoleDenied: (facts, view) => ({ said: deniedWords(facts, view), action: assumeRoleAction(facts) }),
  RemoteSecretNotFound: ({ resource, region, problem }) =>
    problem === 'no-value'
      ? { said: say`${resourceWords(resource)} has no value`, action: 'put a value into it' }
      : { said: say`${resourceWords(resource)} was not found in ${region ?? 'AWS'}`, action: failureReasons.RemoteSecretNotFound.hint },
  RemoteSecretMarkedForDeletion: ({ resource, region }) => ({
    said: say`${resourceWords(resource)} is marked for deletion in ${region ?? 'AWS'}`,
    action: failureReasons.RemoteSecretMarkedForDeletion.hint,
  }),
  KMSFailure: keyFailure,
  Throttled: throttled,
  CredentialsExpired: ({ identity }, view) => ({
    said: say`the credentials of ${identityWords(identity, view)} have expired`,
    action: keyAction(identity, view) ?? failureReasons.CredentialsExpired.hint,
  }),
  CredentialsInvalid: ({ identity, service }, view) => ({
    said: say`${serviceName(service)} does not accept the credentials of ${identityWords(identity, view)}`,
    action: keyAction(identity, view) ?? failureReasons.CredentialsInvalid.hint,
  }),
  CredentialsUnavailable: ({ identity }, view) => ({
    said: say`no credentials were found for ${identityWords(identity, view)}`,
    action: environmentAction(identity),
  }),
  ClockSkew: ({ identity, service }, view) => ({
    said: say`${serviceName(service)} refuses the time in the signatures of ${identityWords(identity, view)}`,
    action: failureReasons.ClockSkew.hint,
  }),
  AWSUnavailable: unavailable,
  AWSRequestRefused: requestRefused,
  AssumeRoleRefused: roleRefused,
  BatchReadsDenied: ({ service }) => ({
    said: [`the identity may not read several ${service === 'ssm' ? 'parameters' : 'secrets'} with one call`],
    action: batchAction(service),
  }),
  AWSQuotaExceeded: quotaExceeded,
  InternalError: ({ operation = 'the call', resource, region, code }) => ({
    said: say`${operation} for ${resourceWords(resource)} in ${region ?? 'AWS'} failed unexpectedly (${code ?? 'no code'})`,
    action: failureReasons.InternalError.hint,
  }),
};

const BATCH_CALLS: Readonly<Partial<Record<AwsServiceName, string>>> = {
  secretsmanager:
    'secrets are read one by one, which costs more calls: allow secretsmanager:BatchGetSecretValue on "*" to the identity of the store',
  ssm: 'parameters are read one by one, which costs more calls: allow ssm:GetParameters to the identity of the store',
};

function batchAction(service: AwsServiceName | undefined): string {
  return (service === undefined ? undefined : BATCH_CALLS[service]) ?? failureReasons.BatchReadsDenied.hint;
}

function keyFailure({ resource, region, identity, problem }: FailureFacts, view: ReaderContext): Message {
  return {
    said: say`${resourceWords(resource)} in ${region ?? 'AWS'} could not be decrypted for ${identityWords(identity, view)}`,
    action:
      problem === 'key-denied'
        ? 'allow kms:Decrypt on its KMS key, in a policy of the identity and in the policy of the key'
        : 'check that its KMS key is enabled and that the identity may call kms:Decrypt with it',
  };
}

function throttled({ service, region, identity, problem, limit }: FailureFacts, view: ReaderContext): Message {
  const action = failureReasons.Throttled.hint;
  if (problem !== 'session-limit' && problem !== 'namespace-session-limit') {
    return { said: say`${serviceName(service)} throttles the calls of ${identityWords(identity, view)} in ${region ?? 'AWS'}`, action };
  }
  const whose = problem === 'session-limit' ? 'cluster-scoped stores' : 'the stores of one namespace';
  const said = say`STS was not called: ${whose} need more than ${String(limit)} new sessions a second, which is a limit of Keytender`;
  return { said, action: 'the operator tries again automatically' };
}

function unavailable(facts: FailureFacts, view: ReaderContext): Message {
  const { service, region, resource, operation, network, identity, problem } = facts;
  const where = `${serviceName(service)}${region === undefined ? '' : ` in ${region}`}`;
  const action = 'check endpoint, proxy and network policy if it lasts';
  if (problem === 'incomplete-answer') return { said: say`the answer of ${where} for ${resourceWords(resource)} is incomplete`, action };
  if (problem === 'endless-answer') return { said: say`${where} answers ${operation ?? 'the call'} without end`, action };
  if (problem === 'timeout') return { said: say`credentials of ${identityWords(identity, view)} could not be obtained in time`, action };
  const said = `${where} gave no usable answer`;
  if (network === undefined) return { said: [said], action };
  return network === 'name'
    ? { said: [`${said}: its name does not resolve`], action: 'check region and endpoint, and the DNS of the cluster' }
    : { said: [`${said}: its certificate is not trusted`], action: 'check endpoint and proxy, or give the operator their certificates' };
}

/** Stored credentials must be renewed in their Secret. */
function keyAction(identity: IdentityFacts | undefined, view: ReaderContext): readonly Piece[] | undefined {
  if (identity?.from !== 'access-key' || identity.roles > 0 || identity.object === undefined || !mayShowIdentity(view, identity))
    return undefined;
  return say`renew the access key in ${objectWords(identity.object)}`;
}

function environmentAction(identity: IdentityFacts | undefined): string {
  const { environment } = identity ?? {};
  if (environment === 'pod-identity') {
    return 'check that the EKS Pod Identity agent runs on the node, and the association of the ServiceAccount of the operator';
  }
  return environment === 'web-identity'
    ? 'check the token file and the role that the environment of the operator names (IRSA)'
    : failureReasons.CredentialsUnavailable.hint;
}
