/**
 * Converts an entry to a version; the value becomes a SecretValue. A parameter that is created again restarts at version 1, so the version
 * id contains the date. A label is not part of it.
 */
import { fail, type Outcome } from '../../failure/failure.ts';
import { ok } from '../../base/result.ts';
import { SecretValue } from '../../base/secret-value.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { incomplete } from '../failure/errors.ts';
import type { SecretVersion, VersionSelector } from '../port.ts';

/** The response of GetParameter, or an entry of a GetParameters response. */
export interface ParameterEntry {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly Version?: number | undefined;
  readonly Value?: string | undefined;
  readonly LastModifiedDate?: Date | undefined;
  /** The selector of the request: `:3` or `:label`. */
  readonly Selector?: string | undefined;
}

/** `subject` names the parameter in the failure of an incomplete response. */
export function parameterVersionOf(
  entry: ParameterEntry | undefined,
  selector: VersionSelector,
  subject: CallSubject,
): Outcome<SecretVersion> {
  const { ARN: arn, Name: name, Version: number, Value: text, LastModifiedDate: modified } = entry ?? {};
  if (arn === undefined || name === undefined || number === undefined || text === undefined || modified === undefined) {
    return fail('AWSUnavailable', incomplete(subject));
  }
  const createdDate = modified.toISOString();
  // A pinned version is not read again, so its id needs no date.
  const pinned = selector.kind === 'id';
  return ok({
    arn,
    name,
    versionId: pinned ? selector.id : `${number}@${createdDate}`,
    stages: selector.kind === 'stage' ? [selector.stage] : [],
    createdDate,
    value: SecretValue.ofText(text),
  });
}

const DATED = /^(\d{1,19})@/;
const NUMBER = /^\d{1,19}$/;

/** The version id for people: for a parameter its version number. */
export function shownVersionId(versionId: string): string {
  return DATED.exec(versionId)?.[1] ?? versionId;
}

/** The version id that `shownVersionId` turned into `versionId`. An id of Secrets Manager is never as short as a number. */
export function versionIdShownAs(versionId: string, stage: string | undefined, createdDate: string | undefined): string {
  return NUMBER.test(versionId) && stage !== undefined && createdDate !== undefined ? `${versionId}@${createdDate}` : versionId;
}
