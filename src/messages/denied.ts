/** Messages for a call that AWS denied: the call, the type of policy that denied it, and the place to allow it. Pure. */
import type { DenialFacts, FailureFacts, PolicyType, ResourceFacts } from '../failure/failure-facts.ts';
import { say, type Piece } from './fit.ts';
import type { ReaderContext } from './reader.ts';
import { actionName, identityWords, resourceWords } from './words.ts';

const POLICIES: Readonly<Record<PolicyType, string>> = {
  'identity-policy': 'identity policy',
  'resource-policy': 'resource policy',
  'service-control-policy': 'service control policy',
  'resource-control-policy': 'resource control policy',
  'permissions-boundary': 'permissions boundary',
  'session-policy': 'session policy',
  'vpc-endpoint-policy': 'VPC endpoint policy',
  'trust-policy': 'trust policy',
};

const ORGANIZATION: ReadonlySet<PolicyType> = new Set<PolicyType>(['service-control-policy', 'resource-control-policy']);

/** `… may not call secretsmanager:GetSecretValue for secret "db" in eu-central-1: no identity policy allows it` */
export function deniedWords(facts: FailureFacts, view: ReaderContext): readonly Piece[] {
  const { region, resource, denial } = facts;
  const where = region === undefined ? '' : ` in ${region}`;
  return say`${identityWords(facts.identity, view)} may not call ${actionName(facts)} for ${resourceWords(resource)}${where}: ${reasonOf(denial)}`;
}

function reasonOf(denial: DenialFacts | undefined): string {
  if (denial === undefined) return 'AWS does not say why';
  const policy = POLICIES[denial.policy];
  return denial.kind === 'missing' ? `no ${policy} allows it` : `a Deny in ${policy.startsWith('i') ? 'an' : 'a'} ${policy} refuses it`;
}

export function deniedAction({ denial, resource }: FailureFacts): string {
  if (denial === undefined) return `allow the call on this ${typeOf(resource)} to the identity, and look for a Deny`;
  if (ORGANIZATION.has(denial.policy)) {
    return `ask the administrators of the AWS organization to ${denial.kind === 'missing' ? 'allow it' : 'take the Deny out'}`;
  }
  const place = placeOf(denial.policy, resource);
  return denial.kind === 'missing' ? `allow the call in ${place}` : `take the Deny out of ${place}`;
}

const PLACES: Partial<Readonly<Record<PolicyType, string>>> = {
  'trust-policy': 'the trust policy of the role',
  'vpc-endpoint-policy': 'the policy of the VPC endpoint',
  'identity-policy': 'a policy of the identity',
};

function placeOf(policy: PolicyType, resource: ResourceFacts | undefined): string {
  if (policy === 'resource-policy') return `the resource policy of the ${typeOf(resource)}`;
  return PLACES[policy] ?? `the ${POLICIES[policy]} of the identity`;
}

function typeOf(resource: ResourceFacts | undefined): string {
  if (resource === undefined || resource.type === 'several') return 'resource';
  return resource.type === 'path' ? 'path' : resource.type;
}

/** The permissions for AssumeRole; AWS seldom says which is missing. */
export function assumeRoleAction(facts: FailureFacts): string {
  if (facts.denial !== undefined) return deniedAction(facts);
  return facts.operation === 'AssumeRoleWithWebIdentity'
    ? "check the trust policy of the role: the cluster's OIDC provider, the subject and the audience"
    : 'allow it to the caller, and check the trust policy of the role, external id and sts:TagSession';
}
