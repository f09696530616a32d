/**
 * What AWS answers about one version of a parameter, taken in: the value is wrapped here, at the border. A parameter that is deleted and
 * created again begins at version 1 once more, so that its version id also holds when the version was made. The label that was asked for needs no
 * place in it: where a label moves, the version does.
 */
import { fail, type Outcome } from '../../api/failure.ts';
import { ok } from '../../base/result.ts';
import { SecretValue } from '../../base/secret-value.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { incomplete } from '../failure/errors.ts';
import type { SecretVersion, VersionSelector } from '../port.ts';

/** The answer to GetParameter and an entry of a GetParameters answer. */
export interface ParameterEntry {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly Version?: number | undefined;
  readonly Value?: string | undefined;
  readonly LastModifiedDate?: Date | undefined;
  /** `:3` or `:label`, as it was asked for. */
  readonly Selector?: string | undefined;
}

/** `subject` names the parameter in the failure of an answer that lacks what AWS always sends. */
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
  // Who pins a version number wants that and nothing else; it is not read again.
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

/** The version id as people see it: of a parameter its version number. */
export function shownVersionId(versionId: string): string {
  return DATED.exec(versionId)?.[1] ?? versionId;
}

/** The version id that is shown as `versionId`, by the other things that are shown with it. No id of Secrets Manager is as short as a number. */
export function versionIdShownAs(versionId: string, stage: string | undefined, createdDate: string | undefined): string {
  return NUMBER.test(versionId) && stage !== undefined && createdDate !== undefined ? `${versionId}@${createdDate}` : versionId;
}
