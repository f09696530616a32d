// DescribeSecret and ListSecrets: metadata without values.
import { z } from 'zod';
import { access, authorize, type Caller } from './context.ts';
import { checkSecretId, field } from './limits.ts';
import { filterField, matchesFilters } from './list-filters.ts';
import { operation, seconds, secondsOrNone } from './operation.ts';
import { paginate } from './pagination.ts';
import { replicationStatus } from './replication.ts';
import { nextRotationMs } from './rotation-schedule.ts';
import { versionIdsToStages, type Secret } from './secret.ts';
import type { SecretStore } from './secret-store.ts';

function metadata(store: SecretStore, secret: Secret): Record<string, unknown> {
  const { rotation } = secret;
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.lambdaArn,
    RotationRules: rotation?.rules,
    LastRotatedDate: secondsOrNone(secret.rotatedMs),
    LastChangedDate: seconds(secret.changedMs),
    LastAccessedDate: secondsOrNone(store.lastAccessedDay.get(secret.arn)),
    DeletedDate: secondsOrNone(secret.deletionMs),
    NextRotationDate: secondsOrNone(nextRotationMs(secret)),
    Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    OwningService: secret.owningService,
    CreatedDate: seconds(secret.createdMs),
    PrimaryRegion: secret.primaryRegion,
  };
}

export const describeSecret = operation(z.object({ SecretId: field.secretId }), (caller, input) => {
  checkSecretId(input.SecretId);
  const { store, secret } = access(caller, 'DescribeSecret', input.SecretId);
  return {
    ...metadata(store, secret),
    ...(secret.labels.size > 0 && { VersionIdsToStages: versionIdsToStages(secret) }),
    ...(secret.replicas.length > 0 && { ReplicationStatus: replicationStatus(secret) }),
  };
});

const SORT_FIELDS = {
  'created-date': (secret: Secret) => secret.createdMs,
  'last-changed-date': (secret: Secret) => secret.changedMs,
  'last-accessed-date': (secret: Secret, store: SecretStore) => store.lastAccessedDay.get(secret.arn) ?? 0,
  name: (secret: Secret) => secret.name,
} as const;

export const listSecrets = operation(
  z.object({
    IncludePlannedDeletion: field.flag,
    MaxResults: field.maxResults,
    NextToken: field.nextToken,
    Filters: filterField,
    SortOrder: z.enum(['asc', 'desc']).optional(),
    SortBy: z.enum(['created-date', 'last-accessed-date', 'last-changed-date', 'name']).optional(),
  }),
  (caller: Caller, input) => {
    authorize(caller, 'ListSecrets', '*');
    const store = caller.world.store(caller.account, caller.region);
    const view = caller.world.stale.view(caller.operation, store);
    const rows = [...view.all()].filter(
      (secret) => (input.IncludePlannedDeletion === true || secret.deletionMs === undefined) && matchesFilters(secret, input.Filters ?? []),
    );
    const sortField = SORT_FIELDS[input.SortBy ?? 'created-date'];
    const key = (secret: Secret): string => {
      const value = sortField(secret, store);
      return typeof value === 'string' ? value : `${String(value).padStart(15, '0')} ${secret.name}`;
    };
    const page = paginate(rows, { key, order: input.SortOrder ?? 'asc', limit: input.MaxResults ?? 100, token: input.NextToken });
    const SecretList = page.items.map((secret) => ({ ...metadata(store, secret), SecretVersionsToStages: versionIdsToStages(secret) }));
    return { SecretList, NextToken: page.nextToken };
  },
);
