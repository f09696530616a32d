/** AWS as the source engine uses it. Each service has one implementation, which uses the official SDK. */
import type { Outcome } from '../api/failure.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { CredentialSource, Identity } from './credentials/identity.ts';

/** One version of a secret or parameter, or of its tags, as it was read. */
export interface SecretVersion {
  /** Empty if the answer does not contain it, as for the tags of a parameter. */
  readonly arn: string;
  readonly name: string;
  /** Two different values have different ids. For a secret the id of Secrets Manager; for a parameter see parameter-version.ts, for tags see tags.ts. */
  readonly versionId: string;
  readonly stages: readonly string[];
  /** ISO 8601; when AWS created this version. */
  readonly createdDate?: string;
  readonly value: SecretValue;
}

/**
 * Which version: the version with a stage (of a parameter: a label), or a fixed version. AWSCURRENT is also the latest version of a parameter, because no label
 * may begin with "aws". Or the tags of the secret or parameter instead of a value.
 */
export type VersionSelector =
  { readonly kind: 'stage'; readonly stage: string } | { readonly kind: 'id'; readonly id: string } | { readonly kind: 'tags' };

/** Or a query: the secrets whose names begin with the id, or the parameters in the hierarchy below it. */
export type Selector = VersionSelector | { readonly kind: 'query' };

/** A version of a secret or parameter, by its name (with the store's prefix) or ARN. */
export interface VersionReference {
  readonly secretId: string;
  readonly version: VersionSelector;
}

/** The attempts of one call. The SDK repeats an attempt by itself. */
export interface CallAttempts {
  /** Number of requests. */
  readonly attempts: number;
  /** How many of them AWS throttled, also if the last attempt succeeded. */
  readonly throttled: number;
  /** The account whose quota they used, if the credentials tell it. */
  readonly account?: string | undefined;
}

/** Called after each call, whether it succeeded or failed. */
export type OnAttempts = (attempts: CallAttempts) => void;

export interface SecretReader {
  read(
    identity: Identity,
    secretId: string,
    version: VersionSelector,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<SecretVersion>>;
  /**
   * Distinct references that a batch call of the service can read, as many as it takes (batch-calls.ts). One result for each, in their order;
   * a reference without an answer is a failure. The whole call gives `batch-denied` if the identity may not make batch calls.
   */
  readBatch(
    identity: Identity,
    references: readonly VersionReference[],
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<BatchResult>;
}

export type BatchResult =
  | {
      readonly kind: 'answered';
      readonly results: readonly Outcome<SecretVersion>[];
      /** Number of calls beyond the first one. */
      readonly furtherCalls?: number;
    }
  | { readonly kind: 'batch-denied' };

/** A secret as ListSecrets shows it: without a value, and up to five minutes late. */
export interface ListedSecret {
  readonly arn: string;
  readonly name: string;
  /** Version ids by stage. */
  readonly versions: ReadonlyMap<string, string>;
}

export interface ListPage {
  readonly secrets: readonly ListedSecret[];
  /** Where the next page begins; a page may be empty and still have one. */
  readonly next?: string;
}

export interface SecretLister {
  /**
   * One page, of up to 100 secrets, of the identity's own account and region. `prefixes`: of names, at most ten; none = all names. AWS can't
   * limit the permission to some secrets.
   */
  listPage(
    identity: Identity,
    prefixes: readonly string[],
    page: string | undefined,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<ListPage>>;
}

/** A secret or parameter as a query shows it. */
export interface FoundName {
  readonly arn: string;
  readonly name: string;
}

export interface FoundPage {
  readonly found: readonly FoundName[];
  /** Where the next page begins; a page may be empty and still have one. */
  readonly next?: string;
}

export interface SecretFinder {
  /**
   * One page of those whose names begin with `path`, in the identity's own account and region: 100 secrets, up to five minutes late, or ten
   * parameters, whose path begins with a slash and ends a level. AWS can't limit the permission to list secrets to some of them.
   */
  findPage(
    identity: Identity,
    path: string,
    page: string | undefined,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<FoundPage>>;
}

export interface CredentialCheck {
  /** Obtains the credentials, over the whole role chain, without reading a secret. Returns their name for people (access key id or role ARN). */
  verifyCredentials(identity: CredentialSource, signal: AbortSignal): Promise<Outcome<{ readonly identityName: string }>>;
}
