/** What the source engine may ask of AWS. One implementation speaks to AWS through the official SDK. */
import type { Outcome } from '../api/failure.ts';
import type { SecretValue } from '../base/secret-value.ts';
import type { Identity } from './identity.ts';

/** One version of a secret as it was read. */
export interface SecretVersion {
  readonly arn: string;
  readonly name: string;
  readonly versionId: string;
  readonly stages: readonly string[];
  /** ISO 8601; when AWS created this version. */
  readonly createdDate?: string;
  readonly value: SecretValue;
}

/** Which version of a secret: what a stage label sits on, or one version for ever. */
export type VersionSelector = { readonly kind: 'stage'; readonly stage: string } | { readonly kind: 'id'; readonly id: string };

export interface SecretsManager {
  getSecretValue(identity: Identity, secretId: string, version: VersionSelector, signal: AbortSignal): Promise<Outcome<SecretVersion>>;
  /**
   * Up to 20 distinct names or ARNs, AWSCURRENT only. One result for each id asked for; an id that AWS says nothing about is a failure.
   * The whole call fails with `batch-denied` when the identity may not make batch calls at all.
   */
  batchGetSecretValue(identity: Identity, secretIds: readonly string[], signal: AbortSignal): Promise<BatchResult>;
  /** Resolves credentials (role chain and all) without reading a secret; gives what they are known by (access key id or role ARN). */
  verifyCredentials(identity: Identity, signal: AbortSignal): Promise<Outcome<{ readonly knownAs: string }>>;
}

export type BatchResult =
  { readonly kind: 'answered'; readonly results: ReadonlyMap<string, Outcome<SecretVersion>> } | { readonly kind: 'batch-denied' };
