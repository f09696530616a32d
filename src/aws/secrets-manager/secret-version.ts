/** Converts one version; the value becomes a SecretValue. */
import { fail, type Outcome } from '../../failure/failure.ts';
import { ok } from '../../base/result.ts';
import { SecretValue } from '../../base/secret-value.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { incomplete } from '../failure/errors.ts';
import type { SecretVersion } from '../port.ts';

/** The response of GetSecretValue, or an entry of a BatchGetSecretValue response. */
export interface SecretValueEntry {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
  readonly VersionStages?: readonly string[] | undefined;
  readonly CreatedDate?: Date | undefined;
}

/** `subject` names the secret in the failure of a response without value, or of an incomplete response. */
export function secretVersionOf(entry: SecretValueEntry, subject: CallSubject): Outcome<SecretVersion> {
  const { ARN: arn, Name: name, VersionId: versionId } = entry;
  if (arn === undefined || name === undefined || versionId === undefined) {
    return fail('AWSUnavailable', incomplete(subject));
  }
  const value = valueOf(entry);
  if (value === undefined) {
    const { service, region, resource } = subject;
    return fail('RemoteSecretNotFound', { service, region, resource, problem: 'no-value' });
  }
  const createdDate = entry.CreatedDate?.toISOString();
  return ok({ arn, name, versionId, stages: entry.VersionStages ?? [], value, ...(createdDate !== undefined && { createdDate }) });
}

function valueOf(entry: SecretValueEntry): SecretValue | undefined {
  if (entry.SecretString !== undefined) return SecretValue.ofText(entry.SecretString);
  return entry.SecretBinary === undefined ? undefined : SecretValue.ofBytes(entry.SecretBinary);
}
