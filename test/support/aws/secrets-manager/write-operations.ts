// CreateSecret, PutSecretValue, UpdateSecret: the operations that write values.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { invalidParameter, invalidRequest, resourceExists } from '../aws-error.ts';
import { newSecretArn, secretArn } from '../arn.ts';
import { access, authorize, type Caller } from './context.ts';
import { checkName, checkSecretId, checkToken, contentOf, field, mergeTags } from './limits.ts';
import { operation, refuseIfDeleted, refuseIfReplica } from './operation.ts';
import { replicaField, replicate, syncReplicas } from './replication.ts';
import { addVersion, CURRENT, sameContent, stagesOf, type Secret, type SecretContent } from './secret.ts';
import type { SecretStore } from './secret-store.ts';

const value = { ClientRequestToken: field.token, SecretString: field.secretString, SecretBinary: field.secretBinary };

export const createSecret = operation(
  z.object({
    Name: z.string(),
    ...value,
    Description: field.description,
    KmsKeyId: field.kmsKeyId,
    Tags: field.tags.optional(),
    AddReplicaRegions: replicaField.optional(),
    ForceOverwriteReplicaSecret: field.flag,
  }),
  (caller, input) => {
    const name = input.Name;
    // The control API may also make managed secrets, whose names hold an exclamation mark.
    if (caller.principal) checkName(name);
    else checkSecretId(name);
    checkToken(input.ClientRequestToken);
    const content = contentOf(input);
    const store = caller.world.store(caller.account, caller.region);
    authorize(caller, 'CreateSecret', secretArn(caller.account, caller.region, `${name}-??????`), requestTags(input.Tags));
    const existing = store.byName(name);
    if (existing) return recreate(existing, input.ClientRequestToken, content);
    const nowMs = caller.world.clock.now();
    caller.world.kms.use(input.KmsKeyId, 'encrypt');
    let secret: Secret = {
      arn: newSecretArn(caller.account, caller.region, name),
      name,
      createdMs: nowMs,
      changedMs: nowMs,
      description: input.Description,
      kmsKeyId: input.KmsKeyId,
      tags: mergeTags(new Map(), input.Tags ?? []),
      versions: new Map(),
      labels: new Map(),
      replicas: [],
    };
    const id = input.ClientRequestToken ?? randomUUID();
    if (content) secret = addVersion(secret, { id, createdMs: nowMs, content, kmsKeyId: secret.kmsKeyId }, [CURRENT]);
    secret = replicate(caller, secret, input.AddReplicaRegions ?? [], input.ForceOverwriteReplicaSecret ?? false);
    store.save(secret);
    const ReplicationStatus = secret.replicas.map((replica) => ({ Region: replica.region, Status: replica.status }));
    return { ARN: secret.arn, Name: name, ...(content && { VersionId: id }), ...(ReplicationStatus.length && { ReplicationStatus }) };
  },
);

/** A repeated CreateSecret with the same token and value is answered like the first. */
function recreate(existing: Secret, token: string | undefined, content: SecretContent | undefined): object {
  if (existing.deletionMs !== undefined) {
    throw invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.");
  }
  const version = existing.versions.get(token ?? '');
  if (!version || !sameContent(version.content, content)) {
    throw resourceExists(`The operation failed because the secret ${existing.name} already exists.`);
  }
  return { ARN: existing.arn, Name: existing.name, VersionId: version.id };
}

export function requestTags(tags: readonly { readonly Key: string; readonly Value: string }[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map((tag) => [`aws:RequestTag/${tag.Key}`, tag.Value]));
}

export const putSecretValue = operation(
  z.object({ SecretId: field.secretId, ...value, VersionStages: field.stages, RotationToken: z.string().min(36).max(256).optional() }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    checkToken(input.ClientRequestToken);
    const content = contentOf(input);
    if (!content) throw invalidParameter('You must provide either SecretString or SecretBinary.');
    const { store, secret } = access(caller, 'PutSecretValue', input.SecretId);
    refuseIfDeleted(secret);
    refuseIfReplica(secret, caller.region);
    const id = input.ClientRequestToken ?? randomUUID();
    const existing = secret.versions.get(id);
    if (existing?.content && !sameContent(existing.content, content)) {
      throw resourceExists(`You can't modify an existing version, you can only create a new version. VersionId: ${id}`);
    }
    const saved = existing?.content ? secret : writeVersion(caller, store, secret, { id, content, labels: input.VersionStages });
    return { ARN: saved.arn, Name: saved.name, VersionId: id, VersionStages: stagesOf(saved, id) };
  },
);

interface NewVersion {
  readonly id: string;
  readonly content: SecretContent;
  readonly labels?: readonly string[] | undefined;
}

/** Adds a version to a secret; the first value of a secret is always its current one, whatever labels were asked for. */
function writeVersion(caller: Caller, store: SecretStore, secret: Secret, { id, content, labels = [CURRENT] }: NewVersion): Secret {
  caller.world.kms.use(secret.kmsKeyId, 'encrypt');
  const nowMs = caller.world.clock.now();
  const attached = secret.labels.has(CURRENT) ? labels : [...new Set([...labels, CURRENT])];
  const next = addVersion(secret, { id, createdMs: nowMs, content, kmsKeyId: secret.kmsKeyId }, attached);
  return syncReplicas(caller, store.save({ ...next, changedMs: nowMs }));
}

export const updateSecret = operation(
  z.object({ SecretId: field.secretId, ...value, Description: field.description, KmsKeyId: field.kmsKeyId }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    checkToken(input.ClientRequestToken);
    const content = contentOf(input);
    const { store, secret } = access(caller, 'UpdateSecret', input.SecretId);
    refuseIfDeleted(secret);
    refuseIfReplica(secret, caller.region);
    const id = input.ClientRequestToken ?? randomUUID();
    if (content && secret.versions.has(id)) throw resourceExists(`The operation failed because the version ${id} already exists.`);
    const described = {
      ...rekey(caller, secret, input.KmsKeyId),
      description: input.Description ?? secret.description,
      changedMs: caller.world.clock.now(),
    };
    if (content) writeVersion(caller, store, described, { id, content });
    else syncReplicas(caller, store.save(described));
    return { ARN: secret.arn, Name: secret.name, ...(content && { VersionId: id }) };
  },
);

/** A changed key encrypts the labelled versions anew. */
function rekey(caller: Caller, secret: Secret, kmsKeyId: string | undefined): Secret {
  if (kmsKeyId === undefined || kmsKeyId === secret.kmsKeyId) return secret;
  caller.world.kms.use(kmsKeyId, 'encrypt');
  const versions = new Map(secret.versions);
  for (const id of new Set(secret.labels.values())) {
    const version = versions.get(id);
    if (version) versions.set(id, { ...version, kmsKeyId });
  }
  return { ...secret, kmsKeyId, versions };
}
