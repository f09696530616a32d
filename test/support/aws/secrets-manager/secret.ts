// A secret and its versions as immutable values. A staging label is a key of one map, so it is always on one version only.
import { limitExceeded } from '../aws-error.ts';

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
export const PENDING = 'AWSPENDING';
const DAY_MS = 86_400_000;
/** Across all versions of a secret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html. */
const MAX_LABELS = 20;
const KEPT_VERSIONS = 100;

/** The value of a version: exactly one of the two. */
export type SecretContent = { readonly string: string } | { readonly binary: Buffer };

export interface SecretVersion {
  readonly id: string;
  readonly createdMs: number;
  /** Undefined for the placeholder that a rotation makes before its function has written a value. */
  readonly content: SecretContent | undefined;
  readonly kmsKeyId: string | undefined;
}

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly Duration?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
}

export interface Replica {
  readonly region: string;
  readonly kmsKeyId: string | undefined;
  readonly status: 'InSync' | 'Failed' | 'InProgress';
  readonly message?: string;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  readonly changedMs: number;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly owningService?: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly versions: ReadonlyMap<string, SecretVersion>;
  readonly labels: ReadonlyMap<string, string>;
  readonly resourcePolicy?: string | undefined;
  /** When the secret will be purged; set while it is marked for deletion. */
  readonly deletionMs?: number | undefined;
  readonly rotation?:
    { readonly lambdaArn: string | undefined; readonly rules: RotationRules | undefined; readonly enabled: boolean } | undefined;
  readonly rotatedMs?: number | undefined;
  readonly primaryRegion?: string | undefined;
  readonly replicas: readonly Replica[];
}

export function stagesOf(secret: Secret, versionId: string): string[] {
  const stages: string[] = [];
  for (const [label, id] of secret.labels) if (id === versionId) stages.push(label);
  return stages;
}

/** VersionIdsToStages: labelled versions only, as AWS lists them. */
export function versionIdsToStages(secret: Secret): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const [label, id] of secret.labels) (result[id] ??= []).push(label);
  return result;
}

/** Attaches `label` to `versionId`, taking it from wherever it was. AWSCURRENT leaves AWSPREVIOUS behind it. */
export function attachLabel(secret: Secret, label: string, versionId: string): Secret {
  const labels = new Map(secret.labels);
  const before = labels.get(label);
  if (before === versionId) return secret;
  labels.set(label, versionId);
  if (label === CURRENT && before !== undefined) labels.set(PREVIOUS, before);
  if (labels.size > MAX_LABELS) throw limitExceeded('A secret can have at most 20 staging labels.');
  return { ...secret, labels };
}

export function detachLabel(secret: Secret, label: string): Secret {
  const labels = new Map(secret.labels);
  labels.delete(label);
  return { ...secret, labels };
}

export function addVersion(secret: Secret, version: SecretVersion, labels: readonly string[]): Secret {
  let next: Secret = { ...secret, versions: new Map(secret.versions).set(version.id, version) };
  // AWSCURRENT first: a request that also names AWSPREVIOUS gets it on the new version, not on the one just displaced.
  for (const label of labels.toSorted((a, b) => Number(b === CURRENT) - Number(a === CURRENT))) next = attachLabel(next, label, version.id);
  return dropOldVersions(next, version.createdMs);
}

/** Versions without a label go once they are older than a day and not among the hundred newest. */
function dropOldVersions(secret: Secret, nowMs: number): Secret {
  if (secret.versions.size <= KEPT_VERSIONS) return secret;
  const labelled = new Set(secret.labels.values());
  const versions = new Map(secret.versions);
  for (const version of [...versions.values()].sort((a, b) => a.createdMs - b.createdMs)) {
    if (versions.size <= KEPT_VERSIONS || nowMs - version.createdMs < DAY_MS) break;
    if (!labelled.has(version.id)) versions.delete(version.id);
  }
  return { ...secret, versions };
}

export function sameContent(a: SecretContent | undefined, b: SecretContent | undefined): boolean {
  if (!a || !b) return a === b;
  if ('string' in a) return 'string' in b && a.string === b.string;
  return 'binary' in b && a.binary.equals(b.binary);
}
