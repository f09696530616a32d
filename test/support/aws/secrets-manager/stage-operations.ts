// UpdateSecretVersionStage (a compare-and-swap of one label) and ListSecretVersionIds.
import { z } from 'zod';
import { invalidParameter, notFound } from '../aws-error.ts';
import { access } from './context.ts';
import { checkSecretId, field } from './limits.ts';
import { operation, refuseIfDeleted, refuseIfReplica, seconds } from './operation.ts';
import { paginate } from './pagination.ts';
import { syncReplicas } from './replication.ts';
import { attachLabel, CURRENT, detachLabel, stagesOf, type Secret } from './secret.ts';

export const updateSecretVersionStage = operation(
  z.object({
    SecretId: field.secretId,
    VersionStage: field.stage,
    MoveToVersionId: field.versionId.optional(),
    RemoveFromVersionId: field.versionId.optional(),
  }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    const { VersionStage: stage, MoveToVersionId: to, RemoveFromVersionId: from } = input;
    const { store, secret } = access(caller, 'UpdateSecretVersionStage', input.SecretId, { 'secretsmanager:VersionStage': stage });
    refuseIfDeleted(secret);
    refuseIfReplica(secret, caller.region);
    checkMove(secret, stage, to, from);
    const moved = to === undefined ? detachLabel(secret, stage) : attachLabel(secret, stage, to);
    if (moved !== secret) syncReplicas(caller, store.save({ ...moved, changedMs: caller.world.clock.now() }));
    return { ARN: secret.arn, Name: secret.name };
  },
);

function checkMove(secret: Secret, stage: string, to: string | undefined, from: string | undefined): void {
  if (to === undefined && from === undefined) throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId, or both.');
  for (const id of [to, from]) if (id !== undefined && !secret.versions.has(id)) throw notFound(` value for VersionId: ${id}`);
  if (to === undefined && stage === CURRENT) {
    throw invalidParameter(`You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`);
  }
  checkHolder(secret.labels.get(stage), stage, to, from);
}

/** The compare of compare-and-swap: whoever moves a label must name the version that holds it. */
function checkHolder(holder: string | undefined, stage: string, to: string | undefined, from: string | undefined): void {
  if (from !== undefined && from !== holder) {
    throw invalidParameter(`The staging label ${stage} isn't attached to the version ${from} named by RemoveFromVersionId.`);
  }
  if (from === undefined && holder !== undefined && holder !== to) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
}

export const listSecretVersionIds = operation(
  z.object({ SecretId: field.secretId, MaxResults: field.maxResults, NextToken: field.nextToken, IncludeDeprecated: field.flag }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    const { store, secret } = access(caller, 'ListSecretVersionIds', input.SecretId);
    const rows = [...secret.versions.values()]
      .map((version) => ({ version, stages: stagesOf(secret, version.id) }))
      .filter((row) => input.IncludeDeprecated === true || row.stages.length > 0);
    const key = (row: (typeof rows)[number]): string => `${String(row.version.createdMs).padStart(15, '0')} ${row.version.id}`;
    const page = paginate(rows, { key, order: 'asc', limit: input.MaxResults ?? 100, token: input.NextToken });
    const accessedMs = store.lastAccessedDay.get(secret.arn);
    const Versions = page.items.map(({ version, stages }) => ({
      VersionId: version.id,
      ...(stages.length > 0 && { VersionStages: stages }),
      CreatedDate: seconds(version.createdMs),
      ...(accessedMs !== undefined && { LastAccessedDate: seconds(accessedMs) }),
      KmsKeyIds: [version.kmsKeyId ?? 'DefaultEncryptionKey'],
    }));
    return { ARN: secret.arn, Name: secret.name, Versions, NextToken: page.nextToken };
  },
);
