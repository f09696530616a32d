// The objects of an operation for one caller: finds secrets that the caller can see, and checks IAM first.
import { accessDenied, invalidRequest } from '../aws-error.ts';
import { parseSecretArn, secretArn } from '../arn.ts';
import { conditionKey } from '../iam/condition.ts';
import { decide, parsePolicy, type Decision, type PolicyQuestion } from '../iam/policy.ts';
import type { Principal } from '../iam/principal.ts';
import type { World } from '../world.ts';
import type { Secret } from './secret.ts';
import { findSecret, type SecretStore } from './secret-store.ts';

/** A caller at one region's endpoint. `principal` is undefined for the in-process control API, which IAM does not judge. */
export interface Caller {
  readonly world: World;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly principal: Principal | undefined;
}

export interface Found {
  readonly store: SecretStore;
  readonly secret: Secret;
}

/** Finds `secretId` and checks that the caller may do `action` on it; a caller who may not is told so even when the secret is missing. */
export function access(caller: Caller, action: string, secretId: string, extra: Readonly<Record<string, string>> = {}): Found {
  const account = parseSecretArn(secretId)?.account ?? caller.account;
  const store = caller.world.store(account, caller.region);
  const secret = lookUp(caller, store, secretId);
  if (secret instanceof Error) {
    authorize(caller, action, secretId.startsWith('arn:') ? secretId : secretArn(account, caller.region, secretId), extra);
    throw secret;
  }
  if (account !== caller.account && secret.arn !== secretId) {
    throw accessDenied('A secret of another account must be named by its full ARN.');
  }
  authorizeSecret(caller, action, secret, account, extra);
  return { store, secret };
}

function lookUp(caller: Caller, store: SecretStore, secretId: string): Secret | Error {
  try {
    return findSecret(caller.world.stale.view(caller.operation, store), store, secretId);
  } catch (error) {
    return error as Error;
  }
}

/** @throws AccessDeniedException unless an identity policy allows `action` on `resource` itself (no resource policy is asked). */
export function authorize(caller: Caller, action: string, resource: string, extra: Readonly<Record<string, string>> = {}): void {
  if (!caller.world.switches.enforceIam || !caller.principal) return;
  if (identityDecision(caller, caller.principal, question(caller.principal, action, resource, extra)) !== 'allow')
    throw denied(caller, action, resource);
}

export function authorizeSecret(
  caller: Caller,
  action: string,
  secret: Secret,
  account: string,
  extra: Readonly<Record<string, string>> = {},
): void {
  const { principal, world } = caller;
  if (!world.switches.enforceIam || !principal) return;
  const asked = question(principal, action, secret.arn, { ...extra, ...secretKeys(secret) });
  const crossAccount = account !== principal.account;
  const decisions = [identityDecision(caller, principal, asked), resourceDecision(secret, asked, namesOf(principal, crossAccount))];
  const allowed = crossAccount ? decisions.every((decision) => decision === 'allow') : decisions.includes('allow');
  if (!allowed || decisions.includes('deny')) throw denied(caller, action, secret.arn);
  if (crossAccount && !secret.kmsKeyId && action === 'GetSecretValue') {
    throw invalidRequest(
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    );
  }
}

/** Condition keys that the secret itself brings. */
function secretKeys(secret: Secret): Record<string, string> {
  const keys: Record<string, string> = { 'secretsmanager:Name': secret.name };
  for (const [key, value] of secret.tags) {
    keys[`aws:ResourceTag/${key}`] = value;
    keys[`secretsmanager:ResourceTag/${key}`] = value;
  }
  return keys;
}

export function question(principal: Principal, action: string, resource: string, extra: Readonly<Record<string, string>>): PolicyQuestion {
  const context = new Map<string, string>([
    ['aws:principalaccount', principal.account],
    ['aws:principalarn', principal.session?.roleArn ?? principal.arn],
    ['aws:userid', principal.userId],
  ]);
  for (const [key, value] of principal.tags) context.set(`aws:principaltag/${key}`, value);
  for (const [key, value] of Object.entries(extra)) context.set(conditionKey(key), value);
  return { action: action.includes(':') ? action : `secretsmanager:${action}`, resource, context };
}

/** The identity side: policies narrowed by the session's own policy; an account's root may do everything. */
export function identityDecision(caller: Pick<Caller, 'world'>, principal: Principal, asked: PolicyQuestion): Decision {
  if (principal.kind === 'root') return 'allow';
  const decision = decide(caller.world.identities.policiesOf(principal), asked);
  if (decision !== 'allow' || !principal.sessionPolicy) return decision;
  return decide([principal.sessionPolicy], asked);
}

function resourceDecision(secret: Secret, asked: PolicyQuestion, principals: readonly string[]): Decision {
  return secret.resourcePolicy === undefined ? 'none' : decide([parsePolicy(secret.resourcePolicy)], { ...asked, principals });
}

/** Names by which a Principal element means this caller; naming a whole account gives its members nothing that their own policies do not. */
export function namesOf({ account, arn, session }: Principal, withAccount: boolean): string[] {
  const own = session ? [arn, session.roleArn] : [arn];
  return withAccount ? [...own, account, `arn:aws:iam::${account}:root`] : own;
}

function denied(caller: Caller, action: string, resource: string) {
  const arn = caller.principal?.arn ?? caller.account;
  return accessDenied(
    `User: ${arn} is not authorized to perform: secretsmanager:${action} on resource: ${resource} because no identity-based policy allows the secretsmanager:${action} action`,
  );
}
