/**
 * An identity: the service and all inputs of the credentials. Stores share a cache entry only if all inputs are equal. The key contains no
 * secret: a stored access key is represented by uid and version of its Secret.
 */
import { hash } from 'node:crypto';
import { assertNever } from '../../base/assert-never.ts';
import type { SecretValue } from '../../base/secret-value.ts';

export interface StaticCredentials {
  readonly kind: 'static';
  readonly accessKeyId: SecretValue;
  readonly secretAccessKey: SecretValue;
  readonly sessionToken?: SecretValue;
  /** For each part of the access key, in order: uid and resourceVersion of its Secret, and its key in the Secret, separated by slashes. */
  readonly origin: readonly string[];
  /** The Secret with the access key id, for messages. Not part of the identity. */
  readonly secret?: { readonly namespace: string; readonly name: string };
}

export interface WebIdentity {
  readonly kind: 'web-identity';
  readonly namespace: string;
  readonly serviceAccount: string;
  /** uid of the ServiceAccount: another ServiceAccount with the same name is another identity. */
  readonly uid: string;
  readonly roleArn: string;
  readonly audiences: readonly string[];
}

/** The credential chain of the AWS SDK in the process of the operator: environment, IRSA, Pod Identity, instance role. */
export interface OperatorCredentials {
  readonly kind: 'operator';
}

export interface RoleStep {
  readonly roleArn: string;
  readonly externalId?: string;
  readonly sessionTags: readonly { readonly key: string; readonly value: string }[];
  readonly transitiveTagKeys: readonly string[];
}

/** The AWS service, as a store names it. */
export type SecretService = 'SecretsManager' | 'ParameterStore';

/** The inputs of credentials. Services share the credentials: one role is assumed once for both. */
export interface CredentialSource {
  readonly region: string;
  readonly base: OperatorCredentials | StaticCredentials | WebIdentity;
  /** Roles that are assumed one after the other. */
  readonly roles: readonly RoleStep[];
  /**
   * Namespace of the store, whose share of memory the identity uses. Undefined for cluster-scoped stores and the operator. Not part of the
   * key.
   */
  readonly storeNamespace?: string;
}

export interface Identity extends CredentialSource {
  readonly service: SecretService;
}

/**
 * Keys are digests: V8 hashes strings longer than 16,383 characters by length only, so a Map of long keys is slow. The digest is computed
 * once for each object, because all references of a store use the same object.
 */
export type IdentityKey = string & { readonly __noun: 'identity key' };

export type CredentialKey = string & { readonly __noun: 'credential key' };

const identityKeys = new WeakMap<Identity, IdentityKey>();
const lastingKeys = new WeakMap<Identity, IdentityKey>();
const credentialKeys = new WeakMap<CredentialSource, CredentialKey>();

/** Equal for two identities if and only if service and all inputs of the credentials are equal. */
export function identityKey(identity: Identity): IdentityKey {
  return keyFrom(identityKeys, identity, () => digestOf(identity) as IdentityKey);
}

/** Equal if only the version of stored credentials differs. Use it for schedules, not for shared data. */
export function lastingIdentityKey(identity: Identity): IdentityKey {
  const { base } = identity;
  if (base.kind !== 'static') return identityKey(identity);
  const withoutVersions = { ...base, origin: base.origin.map((part) => part.replace(VERSION_IN_ORIGIN, '/')) };
  return keyFrom(lastingKeys, identity, () => digestOf({ ...identity, base: withoutVersions }) as IdentityKey);
}

const VERSION_IN_ORIGIN = /\/[^/]*\//;

/** Equal if and only if all inputs of the credentials are equal, for any service. In hexadecimal digits. */
export function credentialKey(source: CredentialSource): CredentialKey {
  return keyFrom(credentialKeys, source, () => hash('sha256', JSON.stringify(partsOf(source)), 'hex') as CredentialKey);
}

function keyFrom<T extends object, K extends string>(keys: WeakMap<T, K>, of: T, make: () => K): K {
  const known = keys.get(of);
  if (known !== undefined) return known;
  const key = make();
  keys.set(of, key);
  return key;
}

function digestOf(identity: Identity): string {
  return hash('sha256', JSON.stringify([identity.service, ...partsOf(identity)]), 'base64');
}

function partsOf({ region, base, roles }: CredentialSource): readonly unknown[] {
  return [region, baseKey(base), roles.map(roleKey)];
}

function baseKey(base: CredentialSource['base']): readonly unknown[] {
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
