// AssumeRole: the trust policy of the role, the caller's own permission, session tags, and the limit of one hour for chained sessions.
import { AwsError } from '../aws-error.ts';
import { assumedRoleArn } from '../arn.ts';
import type { Role } from '../iam/identities.ts';
import { parsePolicy, type PolicyDocument } from '../iam/policy.ts';
import type { Principal, RoleSession } from '../iam/principal.ts';
import { identityDecision, namesOf, question } from '../secrets-manager/context.ts';
import type { World } from '../world.ts';
import type { AssumeRoleInput } from './input.ts';
import type { XmlTree } from './xml.ts';

const CHAIN_LIMIT_SECONDS = 3600;

export function assumeRole(world: World, caller: Principal, input: AssumeRoleInput): XmlTree {
  const role = world.identities.role(input.RoleArn);
  const inherited = caller.session?.transitiveTags ?? new Map<string, string>();
  const tagged = input.Tags.length > 0 || inherited.size > 0;
  if (!role || !trusts(world, role, caller, input.ExternalId)) throw denied(caller, 'sts:AssumeRole', input.RoleArn);
  if (tagged && role.trust.tagSession !== true) throw denied(caller, 'sts:TagSession', input.RoleArn);
  const tags = sessionTags(input, inherited);
  checkDuration(input.DurationSeconds, role, caller.session !== undefined);
  const transitive = new Map(inherited);
  for (const key of input.TransitiveTagKeys) transitive.set(key, tags.get(key)!);
  return issue(world, role, { input, tags: new Map([...role.tags, ...tags]), transitive });
}

/** Same account: being named by the trust policy is enough. Otherwise the caller's own policies must allow it too. */
function trusts(world: World, role: Role, caller: Principal, externalId: string | undefined): boolean {
  const { principals = [], externalId: wanted } = role.trust;
  if (wanted !== undefined && wanted !== externalId) return false;
  const inPerson = namesOf(caller, false);
  const byAccount = namesOf(caller, true);
  const named = principals.includes('*') || principals.some((principal) => inPerson.includes(principal));
  if (!named && !principals.some((principal) => byAccount.includes(principal))) return false;
  if (!world.switches.enforceIam || (named && caller.account === role.account)) return true;
  return identityDecision({ world }, caller, question(caller, 'sts:AssumeRole', role.arn, {})) === 'allow';
}

function sessionTags(input: AssumeRoleInput, inherited: ReadonlyMap<string, string>): Map<string, string> {
  const tags = new Map(inherited);
  const seen = new Set<string>();
  for (const { Key: key, Value: value } of input.Tags) {
    if (seen.has(key.toLowerCase())) throw invalid('Duplicate tag keys found. Tag keys are case insensitive.');
    if (inherited.has(key)) throw invalid('One of the specified session tags conflicts with a transitive tag of the calling session.');
    seen.add(key.toLowerCase());
    tags.set(key, value);
  }
  for (const key of input.TransitiveTagKeys) {
    if (!tags.has(key)) throw invalid('The specified transitive tag key must be included in the requested tags.');
  }
  return tags;
}

export function checkDuration(seconds: number, role: Role, chained: boolean): void {
  if (chained && seconds > CHAIN_LIMIT_SECONDS) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  if (seconds > role.maxSessionDurationSeconds) {
    throw new AwsError('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
}

export interface NewSession {
  readonly input: { readonly RoleSessionName: string; readonly DurationSeconds: number; readonly Policy?: string | undefined };
  readonly tags: ReadonlyMap<string, string>;
  readonly transitive: ReadonlyMap<string, string>;
}

export function issue(world: World, role: Role, { input, tags, transitive }: NewSession): XmlTree {
  const arn = assumedRoleArn(role.account, role.arn.slice(role.arn.indexOf('role/') + 5), input.RoleSessionName);
  const session: Omit<RoleSession, 'token' | 'roleArn'> = {
    name: input.RoleSessionName,
    expiresMs: world.clock.now() + input.DurationSeconds * 1000,
    transitiveTags: transitive,
  };
  const principal = world.identities.issueSession(role, arn, session, tags, sessionPolicy(input.Policy));
  return {
    Credentials: {
      AccessKeyId: principal.accessKeyId,
      SecretAccessKey: principal.secretAccessKey,
      SessionToken: principal.session.token,
      Expiration: new Date(session.expiresMs).toISOString(),
    },
    AssumedRoleUser: { Arn: arn, AssumedRoleId: principal.userId },
    PackedPolicySize: Math.ceil(((input.Policy?.length ?? 0) / 2048) * 100),
  };
}

function sessionPolicy(text: string | undefined): PolicyDocument | undefined {
  if (text === undefined) return undefined;
  try {
    return parsePolicy(text);
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'The policy is not in the valid JSON format.');
  }
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
const denied = (caller: Principal, action: string, role: string): AwsError =>
  new AwsError('AccessDenied', `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${role}`, 403);
