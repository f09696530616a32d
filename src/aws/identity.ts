/**
 * An identity: every input of credential resolution (DESIGN section 4). Two stores share a session, a cache entry or a call only if these are
 * all equal, because only then could nobody tell. No secret is part of the key: a stored access key is named by its Secret's uid and version.
 */
import { assertNever } from '../base/assert-never.ts';
import type { SecretValue } from '../base/secret-value.ts';

export interface StaticCredentials {
  readonly kind: 'static';
  readonly accessKeyId: SecretValue;
  readonly secretAccessKey: SecretValue;
  readonly sessionToken?: SecretValue;
  /** uid and resourceVersion of each Secret that the parts come from, in order. */
  readonly origin: readonly string[];
}

export interface WebIdentity {
  readonly kind: 'web-identity';
  readonly namespace: string;
  readonly serviceAccount: string;
  /** uid of the ServiceAccount: a new account of the same name is another identity. */
  readonly uid: string;
  readonly roleArn: string;
  readonly audiences: readonly string[];
}

/** The chain of the AWS SDK in the operator's own process: environment, IRSA, Pod Identity, instance role. */
export interface OperatorCredentials {
  readonly kind: 'operator';
}

export interface RoleStep {
  readonly roleArn: string;
  readonly externalId?: string;
  readonly sessionTags: readonly { readonly key: string; readonly value: string }[];
  readonly transitiveTagKeys: readonly string[];
}

export interface Identity {
  readonly region: string;
  readonly base: OperatorCredentials | StaticCredentials | WebIdentity;
  /** Assumed one after the other. */
  readonly roles: readonly RoleStep[];
}

export type IdentityKey = string & { readonly __noun: 'identity key' };

/** Equal for two identities if and only if no input of credential resolution differs. */
export function identityKey(identity: Identity): IdentityKey {
  return JSON.stringify([identity.region, baseKey(identity.base), identity.roles.map(roleKey)]) as IdentityKey;
}

function baseKey(base: Identity['base']): readonly unknown[] {
  switch (base.kind) {
    case 'operator':
      return ['operator'];
    case 'static':
      return ['static', ...base.origin];
    case 'web-identity':
      return ['web-identity', base.namespace, base.serviceAccount, base.uid, base.roleArn, ...base.audiences];
    default:
      return assertNever(base);
  }
}

function roleKey(step: RoleStep): readonly unknown[] {
  return [step.roleArn, step.externalId ?? null, step.sessionTags.map(({ key, value }) => [key, value]), step.transitiveTagKeys];
}
