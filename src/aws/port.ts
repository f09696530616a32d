/** The operations on AWS that the source engine uses. Each service has one implementation, with the official SDK. */
import type { Outcome } from '../failure/failure.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { CredentialSource, Identity } from './credentials/identity.ts';

/** One version of a secret or parameter, or its tags. */
export interface SecretVersion {
  /** Empty if the response does not contain it, as for the tags of a parameter. */
  readonly arn: string;
  readonly name: string;
  /** Two different values have different ids. For a secret the id of Secrets Manager; for a parameter see parameter-version.ts, for tags see tags.ts. */
  readonly versionId: string;
  readonly stages: readonly string[];
  /** ISO 8601: the time when AWS created this version. */
  readonly createdDate?: string;
  readonly value: SecretValue;
}

/**
 * Selects a version: the version with a stage (for a parameter: a label), a fixed version, or the tags instead of a value. AWSCURRENT is
 * also the latest version of a parameter, because no label may begin with "aws".
 */
export type VersionSelector =
  { readonly kind: 'stage'; readonly stage: string } | { readonly kind: 'id'; readonly id: string } | { readonly kind: 'tags' };

/** A version or a query. A query finds the secrets whose names begin with the id, or the parameters in the hierarchy below it. */
export type Selector = VersionSelector | { readonly kind: 'query' };

/** A version of a secret or parameter, by its name (with the store's prefix) or ARN. */
export interface VersionReference {
  readonly secretId: string;
  readonly version: VersionSelector;
}

/** The attempts of one call. The SDK makes the retries. */
export interface CallAttempts {
  /** Number of requests. */
  readonly attempts: number;
  /** Number of attempts that AWS throttled, also if the last attempt succeeded. */
  readonly throttled: number;
  /** The account whose quota they used, if the credentials name it. */
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
   * Distinct references, at most the batch size (batch-calls.ts). Returns one result for each, in order. Fails with `batch-denied` if batch
   * calls are denied.
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

/** A secret in a ListSecrets response: without a value, and up to five minutes late. */
export interface ListedSecret {
  readonly arn: string;
  readonly name: string;
  /** Version ids by stage. */
  readonly versions: ReadonlyMap<string, string>;
}

export interface ListPage {
  readonly secrets: readonly ListedSecret[];
  /** Token of the next page. An empty page can have one too. */
  readonly next?: string;
}

export interface SecretLister {
  /**
   * One page of at most 100 secrets in the account and region of the identity. `prefixes`: at most ten; none: all names. IAM cannot limit
   * this call to single secrets.
   */
  listPage(
    identity: Identity,
    prefixes: readonly string[],
    page: string | undefined,
    signal: AbortSignal,
    onAttempts?: OnAttempts,
  ): Promise<Outcome<ListPage>>;
}

/** A secret or parameter that a query found. */
export interface FoundName {
  readonly arn: string;
  readonly name: string;
}

export interface FoundPage {
  readonly found: readonly FoundName[];
  /** Token of the next page. An empty page can have one too. */
  readonly next?: string;
}

export interface SecretFinder {
  /**
   * One page of names that begin with `path`, in the account and region of the identity: 100 secrets (up to five minutes late), or 10
   * parameters. The path of parameters begins with a slash and ends with a whole level. IAM cannot limit the listing of secrets.
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
  /**
   * Obtains the credentials of the whole role chain without reading a secret. Returns their name for people (access key id or role ARN).
   */
  verifyCredentials(identity: CredentialSource, signal: AbortSignal): Promise<Outcome<{ readonly identityName: string }>>;
}
