// The directory of access keys, roles, OIDC providers and live sessions. Every key belongs to an account; a session to its role's account.
import { createPublicKey, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto';
import { roleArn, userArn } from '../arn.ts';
import { parsePolicy, type PolicyDocument } from './policy.ts';
import type { Principal, RoleSession } from './principal.ts';

export interface AccessKeyOptions {
  readonly account: string;
  /** Name of the IAM user; without one the key is that of the account's root, which identity policies do not limit. */
  readonly user?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly policies?: readonly (string | object)[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface WebIdentityTrust {
  readonly issuer: string;
  /** Exact subjects or patterns with `*` and `?`. Default: any. */
  readonly subjects?: readonly string[];
  /** Default: sts.amazonaws.com. */
  readonly audiences?: readonly string[];
}

export interface RoleTrust {
  /** ARNs of users, roles or sessions, account ids (or their `:root` ARNs), or `*`. */
  readonly principals?: readonly string[];
  readonly externalId?: string;
  /** Whether sts:TagSession is allowed as well; without it a call with tags (or inherited ones) is denied. */
  readonly tagSession?: boolean;
  readonly webIdentity?: WebIdentityTrust;
}

export interface RoleOptions {
  readonly account: string;
  /** Name, with its path if it has one: `team/reader`. */
  readonly name: string;
  readonly trust: RoleTrust;
  /** 3,600 to 43,200 seconds. Default 3,600. */
  readonly maxSessionDurationSeconds?: number;
  readonly policies?: readonly (string | object)[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Role {
  readonly account: string;
  readonly arn: string;
  readonly id: string;
  readonly trust: RoleTrust;
  readonly maxSessionDurationSeconds: number;
  readonly policies: readonly PolicyDocument[];
  readonly tags: ReadonlyMap<string, string>;
}

export interface OidcProviderOptions {
  readonly issuer: string;
  /** Keys that sign this issuer's tokens: JWK set entries or one PEM public key. */
  readonly keys: readonly JsonWebKey[] | string;
}

export interface OidcProvider {
  readonly issuer: string;
  readonly keys: readonly { readonly kid: string | undefined; readonly key: KeyObject }[];
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const newId = (prefix: string): string =>
  prefix +
  randomBytes(12)
    .toString('hex')
    .toUpperCase()
    .slice(0, 20 - prefix.length);
const secretKey = (): string => randomBytes(30).toString('base64');

export class Identities {
  readonly #principals = new Map<string, Principal>();
  readonly #roles = new Map<string, Role>();
  readonly #providers = new Map<string, OidcProvider>();

  addAccessKey(options: AccessKeyOptions): AccessKey {
    const accessKeyId = options.accessKeyId ?? newId('AKIA');
    const secretAccessKey = options.secretAccessKey ?? secretKey();
    const { account, user } = options;
    this.#principals.set(accessKeyId, {
      kind: user === undefined ? 'root' : 'user',
      account,
      arn: user === undefined ? `arn:aws:iam::${account}:root` : userArn(account, user),
      userId: user === undefined ? account : newId('AIDA'),
      accessKeyId,
      secretAccessKey,
      policies: (options.policies ?? []).map(parsePolicy),
      tags: new Map(Object.entries(options.tags ?? {})),
    });
    return { accessKeyId, secretAccessKey };
  }

  removeAccessKey(accessKeyId: string): boolean {
    return this.#principals.delete(accessKeyId);
  }

  addRole(options: RoleOptions): string {
    const arn = roleArn(options.account, options.name);
    this.#roles.set(arn, {
      account: options.account,
      arn,
      id: this.#roles.get(arn)?.id ?? newId('AROA'),
      trust: options.trust,
      maxSessionDurationSeconds: options.maxSessionDurationSeconds ?? 3600,
      policies: (options.policies ?? []).map(parsePolicy),
      tags: new Map(Object.entries(options.tags ?? {})),
    });
    return arn;
  }

  addOidcProvider(options: OidcProviderOptions): void {
    const keys =
      typeof options.keys === 'string'
        ? [{ kid: undefined, key: createPublicKey(options.keys) }]
        : options.keys.map((jwk) => ({ kid: textOf(jwk['kid']), key: createPublicKey({ key: jwk, format: 'jwk' }) }));
    this.#providers.set(options.issuer, { issuer: options.issuer, keys });
  }

  principal(accessKeyId: string): Principal | undefined {
    return this.#principals.get(accessKeyId);
  }

  /** A live session keeps the key it was issued with but is judged by its role's policies of today. */
  policiesOf(principal: Principal): readonly PolicyDocument[] {
    return (principal.session && this.#roles.get(principal.session.roleArn)?.policies) ?? principal.policies;
  }

  role(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  provider(issuer: string): OidcProvider | undefined {
    return this.#providers.get(issuer);
  }

  issueSession(
    role: Role,
    arn: string,
    session: Omit<RoleSession, 'token' | 'roleArn'>,
    tags: ReadonlyMap<string, string>,
    sessionPolicy: PolicyDocument | undefined,
  ): Principal & { readonly session: RoleSession } {
    const principal = {
      kind: 'session' as const,
      account: role.account,
      arn,
      userId: `${role.id}:${session.name}`,
      accessKeyId: newId('ASIA'),
      secretAccessKey: secretKey(),
      policies: role.policies,
      sessionPolicy,
      tags,
      session: { ...session, roleArn: role.arn, token: randomBytes(96).toString('base64') },
    };
    this.#principals.set(principal.accessKeyId, principal);
    return principal;
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
