// GetSecretValue and BatchGetSecretValue.
import { z } from 'zod';
import { AwsError, invalidParameter, invalidRequest, notFound } from '../aws-error.ts';
import { access, authorize, type Caller, type Found } from './context.ts';
import { checkSecretId, field } from './limits.ts';
import { filterField, matchesFilters } from './list-filters.ts';
import { operation, refuseIfDeleted, seconds } from './operation.ts';
import { paginate } from './pagination.ts';
import { CURRENT, stagesOf, type Secret, type SecretVersion } from './secret.ts';

const MAX_BATCH = 20;

export const getSecretValue = operation(
  z.object({ SecretId: field.secretId, VersionId: field.versionId.optional(), VersionStage: field.stage.optional() }),
  (caller, input) => {
    checkSecretId(input.SecretId);
    const extra = { 'secretsmanager:SecretId': input.SecretId, 'secretsmanager:VersionStage': input.VersionStage ?? CURRENT };
    const found = access(caller, 'GetSecretValue', input.SecretId, extra);
    return readValue(caller, found, selectVersion(found.secret, input.VersionId, input.VersionStage));
  },
);

function selectVersion(secret: Secret, versionId: string | undefined, stage: string | undefined): SecretVersion {
  refuseIfDeleted(secret);
  if (versionId === undefined) {
    const version = secret.versions.get(secret.labels.get(stage ?? CURRENT) ?? '');
    if (!version?.content) throw notFound(` value for staging label: ${stage ?? CURRENT}`);
    return version;
  }
  const version = secret.versions.get(versionId);
  if (!version?.content) throw notFound(` value for VersionId: ${versionId}`);
  if (stage !== undefined && secret.labels.get(stage) !== versionId) {
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  }
  return version;
}

function readValue(caller: Caller, { store, secret }: Found, version: SecretVersion): Record<string, unknown> {
  caller.world.kms.use(version.kmsKeyId, 'decrypt');
  const nowMs = caller.world.clock.now();
  store.lastAccessedDay.set(secret.arn, nowMs - (nowMs % 86_400_000));
  const { content } = version;
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...(content && ('string' in content ? { SecretString: content.string } : { SecretBinary: content.binary.toString('base64') })),
    VersionStages: stagesOf(secret, version.id),
    CreatedDate: seconds(version.createdMs),
  };
}

/** A failure planted for single entries of a batch, by secret. */
export type EntryFault = (secretId: string) => AwsError | undefined;
/** How an injected fault reaches single entries: set by the server for the one request it belongs to. */
export const entryFaults = new WeakMap<Caller, EntryFault>();

export const batchGetSecretValue = operation(
  z.object({
    SecretIdList: z.array(field.secretId).optional(),
    Filters: filterField,
    MaxResults: z.int().min(1).max(MAX_BATCH).optional(),
    NextToken: field.nextToken,
  }),
  (caller, input) => {
    authorize(caller, 'BatchGetSecretValue', '*');
    const { ids, NextToken } = input.SecretIdList ? { ids: listedIds(input), NextToken: undefined } : filteredIds(caller, input);
    const SecretValues: object[] = [];
    const Errors: object[] = [];
    for (const id of ids) {
      try {
        SecretValues.push(readEntry(caller, id));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
      }
    }
    return { SecretValues, Errors, NextToken };
  },
);

function readEntry(caller: Caller, id: string): object {
  checkSecretId(id);
  const planted = entryFaults.get(caller)?.(id);
  if (planted) throw planted;
  const found = access(caller, 'GetSecretValue', id, { 'secretsmanager:SecretId': id, 'secretsmanager:VersionStage': CURRENT });
  return readValue(caller, found, selectVersion(found.secret, undefined, undefined));
}

interface BatchInput {
  readonly SecretIdList?: readonly string[] | undefined;
  readonly Filters?: z.output<typeof filterField>;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

function listedIds({ SecretIdList: ids = [], Filters, MaxResults }: BatchInput): readonly string[] {
  if (Filters?.length) throw invalidParameter('Either SecretIdList or Filters must be provided, but not both.');
  if (MaxResults !== undefined) throw invalidParameter('MaxResults can only be used with Filters.');
  if (ids.length === 0 || ids.length > MAX_BATCH) throw invalidParameter(`SecretIdList must have 1 to ${MAX_BATCH} items.`);
  if (new Set(ids).size < ids.length) throw invalidParameter('SecretIdList contains duplicate secret IDs.');
  return ids;
}

function filteredIds(
  caller: Caller,
  { Filters = [], MaxResults, NextToken }: BatchInput,
): { ids: string[]; NextToken: string | undefined } {
  if (Filters.length === 0) throw invalidParameter('Either SecretIdList or Filters must be provided.');
  authorize(caller, 'ListSecrets', '*');
  const store = caller.world.store(caller.account, caller.region);
  const view = caller.world.stale.view(caller.operation, store);
  const matching = [...view.all()].filter((secret) => secret.deletionMs === undefined && matchesFilters(secret, Filters));
  const page = paginate(matching, { key: (secret) => secret.name, order: 'asc', limit: MaxResults ?? MAX_BATCH, token: NextToken });
  return { ids: page.items.map((secret) => secret.arn), NextToken: page.nextToken };
}
