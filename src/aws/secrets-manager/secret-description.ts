/** Converts the response of DescribeSecret. */
import { fail, type Outcome } from '../../failure/failure.ts';
import { ok } from '../../base/result.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import { incomplete } from '../failure/errors.ts';
import type { SecretDescription } from '../writer-port.ts';
import type { Tag } from '../tags.ts';

/** The fields that this file reads. */
export interface DescribedSecret {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly VersionIdsToStages?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly RotationEnabled?: boolean | undefined;
  readonly OwningService?: string | undefined;
  readonly ReplicationStatus?: readonly { readonly Region?: string | undefined }[] | undefined;
  readonly PrimaryRegion?: string | undefined;
  readonly DeletedDate?: Date | undefined;
}

/** `subject` names the secret and the region in the failure of an incomplete response. */
export function secretDescriptionOf(answer: DescribedSecret, subject: CallSubject): Outcome<SecretDescription> {
  const { ARN: arn, Name: name, OwningService: owningService, PrimaryRegion: primary, DeletedDate: deleted } = answer;
  if (arn === undefined || name === undefined) return fail('AWSUnavailable', incomplete(subject));
  const stages = Object.entries(answer.VersionIdsToStages ?? {}).flatMap(([id, held]) => held.map((stage) => [stage, id] as const));
  const tags = (answer.Tags ?? []).flatMap(({ Key: key, Value: value = '' }) => (key === undefined ? [] : [[key, value] as const]));
  return ok({
    arn,
    name,
    stages: new Map(stages),
    tags: new Map(tags),
    isRotated: answer.RotationEnabled === true,
    replicas: (answer.ReplicationStatus ?? []).flatMap(({ Region: to }) => to ?? []),
    ...(owningService !== undefined && { owningService }),
    ...(primary !== undefined && primary !== subject.region && { primaryRegion: primary }),
    ...(deleted !== undefined && { deletedDate: deleted.toISOString() }),
  });
}
