/**
 * Sorts the pages of a BatchGetSecretValue answer by the ids that were asked for. Pure. AWS promises neither order nor that each id is
 * answered once, and answers by ARN and name whatever form the id had.
 */
import type { Outcome } from '../api/failure.ts';
import type { CallSubject } from './errors.ts';
import { fromBatchError } from './errors.ts';
import type { SecretVersion } from './port.ts';
import { type SecretValueEntry, secretVersionOf } from './secret-version.ts';

export interface BatchPage {
  readonly SecretValues?: readonly SecretValueEntry[] | undefined;
  readonly Errors?:
    | readonly { readonly SecretId?: string | undefined; readonly ErrorCode?: string | undefined; readonly Message?: string | undefined }[]
    | undefined;
}

/** AWS appends a hyphen and six characters to the name to make an ARN; a partial ARN leaves them out. */
const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

const CURRENT = 'AWSCURRENT';

/** Leaves out ids that were not answered, or with a version that is not AWSCURRENT (a stale replica): they are to be asked one by one. */
export function sortBatchAnswer(
  secretIds: readonly string[],
  pages: readonly BatchPage[],
  subjectOf: (secretId: string) => CallSubject,
): ReadonlyMap<string, Outcome<SecretVersion>> {
  const exact = new Map<string, SecretValueEntry>();
  const partial = new Map<string, SecretValueEntry>();
  for (const entry of pages.flatMap((page) => page.SecretValues ?? [])) {
    if (entry.VersionStages?.includes(CURRENT) !== true) continue;
    const { ARN: arn, Name: name } = entry;
    if (name !== undefined) exact.set(name, entry);
    if (arn === undefined) continue;
    exact.set(arn, entry);
    partial.set(arn.replace(ARN_SUFFIX, ''), entry);
  }
  const errors = new Map(pages.flatMap((page) => page.Errors ?? []).map((error) => [error.SecretId, error]));
  const results = new Map<string, Outcome<SecretVersion>>();
  for (const id of secretIds) {
    // The partial ARN of db-abcdef may be the ARN of db: what an id is in full, it is first.
    const entry = exact.get(id) ?? partial.get(id);
    const error = errors.get(id);
    if (entry !== undefined) results.set(id, secretVersionOf(entry, subjectOf(id).what));
    else if (error !== undefined) results.set(id, { ok: false, failure: fromBatchError(error.ErrorCode, error.Message, subjectOf(id)) });
  }
  return results;
}
