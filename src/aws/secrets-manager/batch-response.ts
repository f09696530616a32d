/**
 * Assigns the entries of a BatchGetSecretValue response to the requested ids. Pure. AWS guarantees neither an order nor one entry for each
 * id, and an entry has ARN and name, independent of the form of the id.
 */
import { isArn } from '../../api/arn.ts';
import type { Outcome } from '../../failure/failure.ts';
import { hasArnSuffix, withoutArnSuffix } from '../../api/secret-arn.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { fromBatchError } from '../failure/errors.ts';
import type { SecretVersion } from '../port.ts';
import { type SecretValueEntry, secretVersionOf } from './secret-version.ts';

export interface BatchPage {
  readonly SecretValues?: readonly SecretValueEntry[] | undefined;
  readonly Errors?:
    | readonly { readonly SecretId?: string | undefined; readonly ErrorCode?: string | undefined; readonly Message?: string | undefined }[]
    | undefined;
}

const CURRENT = 'AWSCURRENT';

/** Leaves out ids without a response, with a version other than AWSCURRENT, or with an ambiguous match. They are read one by one. */
export function matchBatchEntries(
  secretIds: readonly string[],
  pages: readonly BatchPage[],
  subjectOf: (secretId: string) => CallSubject,
): ReadonlyMap<string, Outcome<SecretVersion>> {
  const errors = new Map(pages.flatMap((page) => page.Errors ?? []).map((error) => [error.SecretId, error]));
  const entries = pages.flatMap((page) => page.SecretValues ?? []).filter((entry) => entry.VersionStages?.includes(CURRENT) === true);
  const byArn = new Map<string, SecretValueEntry>();
  for (const entry of entries) for (const arn of arnsOf(entry)) byArn.set(arn, entry);
  const byName = entriesByName(entries, secretIds, errors);
  const results = new Map<string, Outcome<SecretVersion>>();
  for (const id of secretIds) {
    const error = errors.get(id);
    const entry = isArn(id) ? byArn.get(id) : byName.get(id);
    // What is beside it may be of the same name and have a value.
    if (error !== undefined) results.set(id, { ok: false, failure: fromBatchError(error.ErrorCode, error.Message, subjectOf(id)) });
    else if (entry !== undefined) results.set(id, secretVersionOf(entry, subjectOf(id)));
  }
  return results;
}

/** The ARNs of the secret: the complete ARN, and the ARN without suffix unless it looks complete. */
function arnsOf({ ARN: arn }: SecretValueEntry): readonly string[] {
  if (arn === undefined) return [];
  const partial = withoutArnSuffix(arn);
  return hasArnSuffix(partial) ? [arn] : [arn, partial];
}

/**
 * A name means a secret of the caller's account; an ARN may be of another. An entry is matched to a name only after all ARNs have theirs.
 */
function entriesByName(
  entries: readonly SecretValueEntry[],
  secretIds: readonly string[],
  errors: ReadonlyMap<string | undefined, unknown>,
): ReadonlyMap<string, SecretValueEntry> {
  const ofArns = new Set(secretIds.filter((id) => isArn(id) && !errors.has(id)));
  const byName = new Map<string, SecretValueEntry>();
  for (const entry of entries) {
    const asked = arnsOf(entry).find((arn) => ofArns.delete(arn));
    if (asked === undefined && entry.Name !== undefined) byName.set(entry.Name, entry);
  }
  return byName;
}
