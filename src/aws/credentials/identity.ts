/**
 * An identity: the service and every input of credential resolution (DESIGN section 4). Two stores share a cache entry or a call only if these
 * are all equal (and a session if they differ in the service at most), because only then could nobody tell. No secret is part of the key: a
 * stored access key is named by its Secret's uid and version.
 */
import { hash } from 'node:crypto';
import { assertNever } from '../../base/assert-never.ts';
import type { SecretValue } from '../../base/secret-value.ts';

export interface StaticCredentials {
  readonly kind: 'static';
  readonly accessKeyId: SecretValue;
  readonly secretAccessKey: SecretValue;
  readonly sessionToken?: SecretValue;
  /** Of each part, in order: uid and resourceVersion of the Secret that it comes from, and the key in it, with slashes in between. */
  readonly origin: readonly string[];
  /** The Secret that the access key id comes from, for messages. No part of the identity. */
  readonly secret?: { readonly namespace: string; readonly name: string };
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

/** The AWS service that is read, as a store names it. */
export type SecretService = 'SecretsManager' | 'ParameterStore';

/** What credentials are obtained from. Services share them: one role is assumed once for both. */
export interface CredentialSource {
  readonly region: string;
  readonly base: OperatorCredentials | StaticCredentials | WebIdentity;
  /** Assumed one after the other. */
  readonly roles: readonly RoleStep[];
  /**
   * Namespace of the store that names it: what is kept for the identity counts for the share of that namespace. Undefined for a cluster-scoped store and
   * for the operator itself. No part of the identity.
   */
  readonly storeNamespace?: string;
}

export interface Identity extends CredentialSource {
  readonly service: SecretService;
}

/**
 * The keys are digests of 64 characters at most. The text that they are made of has 20 kB where a role is given 50 session tags, and V8 hashes a string
 * of more than 16,383 characters by its length alone: a Map with such keys compares each with all others. They are made once for each object,
 * because a store hands the same one to all its references, of which there may be thousands.
 */
export type IdentityKey = string & { readonly __noun: 'identity key' };

export type CredentialKey = string & { readonly __noun: 'credential key' };

const identityKeys = new WeakMap<Identity, IdentityKey>();
const lastingKeys = new WeakMap<Identity, IdentityKey>();
const credentialKeys = new WeakMap<CredentialSource, CredentialKey>();

/** Equal for two identities if and only if neither the service nor an input of credential resolution differs. */
export function identityKey(identity: Identity): IdentityKey {
  return keyFrom(identityKeys, identity, () => digestOf(identity) as IdentityKey);
}

/**
 * Equal for identities that differ in the version of their stored credentials only: a renewed token gives the same. For schedules, which a renewal
 * must not move; never for what is shared.
 */
export function lastingIdentityKey(identity: Identity): IdentityKey {
  const { base } = identity;
  if (base.kind !== 'static') return identityKey(identity);
  const withoutVersions = { ...base, origin: base.origin.map((part) => part.replace(VERSION_IN_ORIGIN, '/')) };
  return keyFrom(lastingKeys, identity, () => digestOf({ ...identity, base: withoutVersions }) as IdentityKey);
}

const VERSION_IN_ORIGIN = /\/[^/]*\//;

/** Equal if and only if no input of credential resolution differs, whatever service they are for. In hexadecimal digits. */
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
