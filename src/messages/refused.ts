/** A request that AWS refused as invalid or beyond a quota, or that could not be made: what it was, and which settings it came from. Pure. */
import type { FailureFacts } from '../failure/failure-facts.ts';
import { say } from './fit.ts';
import type { ReaderContext } from './reader.ts';
import type { Message } from './wording.ts';
import { actionName, identityWords, resourceWords, serviceName } from './words.ts';

export function requestRefused(facts: FailureFacts): Message {
  const { operation = 'the call', resource, region = 'AWS', code = 'no code', problem } = facts;
  if (problem === 'no-endpoint') return noEndpoint(facts);
  return {
    said: say`${operation} for ${resourceWords(resource)} in ${region} was refused as invalid (${code})`,
    action: 'check key and version of the entry',
  };
}

export function roleRefused(facts: FailureFacts, view: ReaderContext): Message {
  const { service, region = 'AWS', resource, identity, code = 'no code', problem } = facts;
  if (problem === 'no-endpoint') return noEndpoint(facts);
  const said =
    service === 'credentials'
      ? say`no credentials were given to ${identityWords(identity, view)} in ${region} (${code})`
      : say`${serviceName(service)} refused ${actionName(facts)} of ${identityWords(identity, view)} for ${resourceWords(resource)} in ${region} (${code})`;
  return { said, action: BY_CODE.get(code) ?? settingsOf(facts) };
}

/** A number of things, not of calls. */
export function quotaExceeded({ operation = 'the call', resource, service, region = 'AWS' }: FailureFacts): Message {
  if (service === 'sqs') {
    return {
      said: say`${resourceWords(resource)} has too many messages in flight in ${region}`,
      action: 'check that no other client reads the queue; the operator tries again automatically',
    };
  }
  return {
    said: say`${operation} for ${resourceWords(resource)} would exceed a quota of ${serviceName(service)} in ${region}`,
    action: QUOTA_ACTION,
  };
}

/** Shorter than the hint, because the message names the quota. */
export const QUOTA_ACTION = 'remove what nobody uses, or ask AWS for a higher quota';

const FEWER_TAGS = 'use fewer or shorter session tags in the store';

/** By the codes of STS that say what to do. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors */
const BY_CODE: ReadonlyMap<string, string> = new Map([
  ['RegionDisabledException', 'activate the region for STS in the AWS account, or use another region in the store'],
  ['PackedPolicyTooLarge', FEWER_TAGS],
  ['PackedPolicyTooLargeException', FEWER_TAGS],
]);

/** Where the parameters of the request are set. */
function settingsOf({ service, operation }: FailureFacts): string {
  if (service === 'credentials') return 'check the role in the environment of the operator';
  return operation === 'AssumeRoleWithWebIdentity'
    ? 'check the role in the annotation eks.amazonaws.com/role-arn of the ServiceAccount'
    : 'check role, additionalRoles, externalID and sessionTags of the store';
}

function noEndpoint({ service, region = 'AWS', code = 'no code' }: FailureFacts): Message {
  return {
    said: say`${serviceName(service)} has no endpoint for ${region} (${code})`,
    action: 'check the region of the store, and the endpoint that the environment of the operator sets',
  };
}
