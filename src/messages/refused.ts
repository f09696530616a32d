/** A request that AWS refused as invalid, or that could not be made: what it was, and which settings it came from. Pure. */
import type { FailureFacts } from '../failure/failure-facts.ts';
import { say } from './fit.ts';
import type { ReaderContext } from './reader.ts';
import type { Message } from './wording.ts';
import { actionName, identityWords, resourceWords, serviceName } from './words.ts';

export function requestRefused(facts: FailureFacts): Message {
  const { operation = 'the call', resource, code = 'no code', problem } = facts;
  if (problem === 'no-endpoint') return noEndpoint(facts);
  return {
    said: say`${operation} for ${resourceWords(resource)} was refused as wrong (${code})`,
    action: 'check key and version of the entry',
  };
}

export function roleRefused(facts: FailureFacts, view: ReaderContext): Message {
  const { service, region = 'AWS', resource, identity, code = 'no code', problem } = facts;
  if (problem === 'no-endpoint') return noEndpoint(facts);
  const said =
    service === 'credentials'
      ? say`no credentials were given to ${identityWords(identity, view)} in ${region} (${code})`
      : say`${serviceName(service)} refused ${actionName(facts)} for ${resourceWords(resource)} in ${region} (${code})`;
  return { said, action: BY_CODE.get(code) ?? settingsOf(facts) };
}

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
