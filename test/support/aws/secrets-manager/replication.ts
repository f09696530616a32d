// ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica: read-only copies that follow their primary at once.
import { z } from 'zod';
import { invalidParameter, invalidRequest } from '../aws-error.ts';
import { secretArn } from '../arn.ts';
import { access, type Caller } from './context.ts';
import { checkSecretId, field } from './limits.ts';
import { operation, refuseIfDeleted, refuseIfReplica } from './operation.ts';
import type { Replica, Secret } from './secret.ts';

const region = z
  .string()
  .min(1)
  .max(128)
  .regex(/^([a-z]+-)+\d+$/);
export const replicaField = z.array(z.object({ Region: region, KmsKeyId: field.kmsKeyId })).min(1);
type Wanted = z.output<typeof replicaField>;

/** Adds replicas to a secret that the caller is about to save, and writes them in their regions. */
export function replicate(caller: Caller, secret: Secret, wanted: Wanted, overwrite: boolean): Secret {
  if (wanted.length === 0) return secret;
  const replicas = new Map(secret.replicas.map((replica) => [replica.region, replica]));
  for (const { Region: to, KmsKeyId: kmsKeyId } of wanted) {
    if (to === caller.region) throw invalidParameter("The primary region can't be a replica region.");
    const taken = caller.world.store(caller.account, to).byName(secret.name);
    const failed = taken !== undefined && taken.primaryRegion !== caller.region && !overwrite;
    const message = `Replication failed: Secret name ${secret.name} already exists in this region.`;
    replicas.set(to, failed ? { region: to, kmsKeyId, status: 'Failed', message } : { region: to, kmsKeyId, status: 'InSync' });
  }
  return syncReplicas(caller, { ...secret, primaryRegion: caller.region, replicas: [...replicas.values()] });
}

/** Copies the primary's state to every region in sync. Returns the primary. */
export function syncReplicas(caller: Caller, primary: Secret): Secret {
  for (const replica of primary.replicas) {
    if (replica.status === 'InSync') caller.world.store(caller.account, replica.region).save(copyFor(caller, primary, replica));
  }
  return primary;
}

function copyFor(caller: Caller, primary: Secret, replica: Replica): Secret {
  const suffix = primary.arn.slice(primary.arn.lastIndexOf(':') + 1);
  const versions = new Map([...primary.versions].map(([id, version]) => [id, { ...version, kmsKeyId: replica.kmsKeyId }]));
  const arn = secretArn(caller.account, replica.region, suffix);
  return { ...primary, arn, versions, kmsKeyId: replica.kmsKeyId, replicas: [], rotation: undefined };
}

export const replicationStatus = (secret: Secret): object[] =>
  secret.replicas.map(({ region: Region, kmsKeyId: KmsKeyId, status: Status, message: StatusMessage }) => ({
    Region,
    KmsKeyId,
    Status,
    StatusMessage,
  }));

export const replicateSecretToRegions = operation(
  z.object({ SecretId: field.secretId, AddReplicaRegions: replicaField, ForceOverwriteReplicaSecret: field.flag }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    const { store, secret } = access(caller, 'ReplicateSecretToRegions', input.SecretId);
    refuseIfDeleted(secret);
    refuseIfReplica(secret, caller.region);
    const saved = store.save(replicate(caller, secret, input.AddReplicaRegions, input.ForceOverwriteReplicaSecret ?? false));
    return { ARN: saved.arn, ReplicationStatus: replicationStatus(saved) };
  },
);

export const removeRegionsFromReplication = operation(
  z.object({ SecretId: field.secretId, RemoveReplicaRegions: z.array(region).min(1) }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    const { store, secret } = access(caller, 'RemoveRegionsFromReplication', input.SecretId);
    refuseIfDeleted(secret);
    refuseIfReplica(secret, caller.region);
    const gone = secret.replicas.filter((replica) => input.RemoveReplicaRegions.includes(replica.region));
    if (gone.length < new Set(input.RemoveReplicaRegions).size)
      throw invalidParameter('The secret is not replicated to all of these regions.');
    for (const replica of gone) if (replica.status === 'InSync') caller.world.store(caller.account, replica.region).remove(secret.name);
    const saved = store.save({ ...secret, replicas: secret.replicas.filter((replica) => !gone.includes(replica)) });
    return { ARN: saved.arn, ReplicationStatus: replicationStatus(saved) };
  },
);

export const stopReplicationToReplica = operation(z.object({ SecretId: field.secretId }), (caller, input) => {
  checkSecretId(input.SecretId);
  const { store, secret } = access(caller, 'StopReplicationToReplica', input.SecretId);
  refuseIfDeleted(secret);
  if (secret.primaryRegion === undefined || secret.primaryRegion === caller.region) {
    throw invalidRequest('StopReplicationToReplica must be called in the region of a replica.');
  }
  const primaryStore = caller.world.store(caller.account, secret.primaryRegion);
  const primary = primaryStore.byName(secret.name);
  if (primary) primaryStore.save({ ...primary, replicas: primary.replicas.filter((replica) => replica.region !== caller.region) });
  store.save({ ...secret, primaryRegion: undefined });
  return { ARN: secret.arn };
});
