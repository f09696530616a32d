// The operations of Secrets Manager by their name in X-Amz-Target.
import { deleteSecret, restoreSecret } from './delete-operations.ts';
import { describeSecret, listSecrets } from './describe-operations.ts';
import type { Operation } from './operation.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy, validateResourcePolicy } from './policy-operations.ts';
import { getRandomPassword } from './random-password.ts';
import { batchGetSecretValue, getSecretValue } from './read-operations.ts';
import { removeRegionsFromReplication, replicateSecretToRegions, stopReplicationToReplica } from './replication.ts';
import { cancelRotateSecret, rotateSecret } from './rotate-operations.ts';
import { listSecretVersionIds, updateSecretVersionStage } from './stage-operations.ts';
import { tagResource, untagResource } from './tag-operations.ts';
import { createSecret, putSecretValue, updateSecret } from './write-operations.ts';

export const SECRETS_MANAGER_OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    BatchGetSecretValue: batchGetSecretValue,
    CancelRotateSecret: cancelRotateSecret,
    CreateSecret: createSecret,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteSecret: deleteSecret,
    DescribeSecret: describeSecret,
    GetRandomPassword: getRandomPassword,
    GetResourcePolicy: getResourcePolicy,
    GetSecretValue: getSecretValue,
    ListSecretVersionIds: listSecretVersionIds,
    ListSecrets: listSecrets,
    PutResourcePolicy: putResourcePolicy,
    PutSecretValue: putSecretValue,
    RemoveRegionsFromReplication: removeRegionsFromReplication,
    ReplicateSecretToRegions: replicateSecretToRegions,
    RestoreSecret: restoreSecret,
    RotateSecret: rotateSecret,
    StopReplicationToReplica: stopReplicationToReplica,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateSecret: updateSecret,
    UpdateSecretVersionStage: updateSecretVersionStage,
    ValidateResourcePolicy: validateResourcePolicy,
  }),
);
