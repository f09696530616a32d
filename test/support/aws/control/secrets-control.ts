// In-process access to the secrets of one account and region: the same rules as over HTTP, but no IAM, no faults, no counters.
import type { Caller } from '../secrets-manager/context.ts';
import { SECRETS_MANAGER_OPERATIONS } from '../secrets-manager/operations.ts';
import { CURRENT, type RotationRules, type Secret } from '../secrets-manager/secret.ts';
import { findSecret } from '../secrets-manager/secret-store.ts';
import type { World } from '../world.ts';

export type SecretValueInput = string | Buffer;

export interface CreateOptions {
  readonly tags?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly versionId?: string;
  /** Regions that get a replica. */
  readonly replicaRegions?: readonly string[];
  /** Makes a managed secret of this service (`rds`), whose rotation is registered with `addManagedRotation`. */
  readonly owningService?: string;
  readonly resourcePolicy?: string | object;
}

export interface PutOptions {
  /** Default AWSCURRENT. */
  readonly stages?: readonly string[];
  readonly versionId?: string;
}

export interface Written {
  readonly arn: string;
  readonly name: string;
  /** Empty when the secret was created without a value. */
  readonly versionId: string;
}

export interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Version id by label. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ids of all versions kept, labelled or not, oldest first. */
  readonly versionIds: readonly string[];
  readonly changedMs: number;
  readonly deletionMs: number | undefined;
  readonly rotation: { readonly enabled: boolean; readonly rules: RotationRules | undefined } | undefined;
}

/** Every method throws AwsError (`code`, `message`) where Secrets Manager would refuse. */
export interface SecretsControl {
  create(name: string, value?: SecretValueInput, options?: CreateOptions): Written;
  put(secretId: string, value: SecretValueInput, options?: PutOptions): Written;
  /** The value under a label (default AWSCURRENT). */
  value(secretId: string, stage?: string): SecretValueInput;
  describe(secretId: string): SecretDescription;
  list(): readonly SecretDescription[];
  moveStage(secretId: string, stage: string, move: { readonly to?: string; readonly from?: string }): void;
  tag(secretId: string, tags: Readonly<Record<string, string>>): void;
  untag(secretId: string, keys: readonly string[]): void;
  setResourcePolicy(secretId: string, policy: string | object | undefined): void;
  /** Marks for deletion (default 30 days), or deletes at once with `force`. */
  delete(secretId: string, options?: { readonly force?: boolean; readonly recoveryWindowInDays?: number }): void;
  restore(secretId: string): void;
}

export function secretsControl(world: World, account: string, region: string): SecretsControl {
  const store = world.store(account, region);
  const find = (secretId: string): Secret => findSecret(store, { account, region }, secretId);
  const call = (operation: string, input: object): Record<string, unknown> => {
    const caller: Caller = { world, operation, account, region, principal: undefined };
    return SECRETS_MANAGER_OPERATIONS.get(operation)!.run(caller, input) as Record<string, unknown>;
  };
  return {
    create(name, value, options = {}) {
      const written = call('CreateSecret', { Name: name, ...valueOf(value), ...createInput(options) });
      if (options.owningService !== undefined) store.save({ ...find(name), owningService: options.owningService });
      if (options.resourcePolicy !== undefined) this.setResourcePolicy(name, options.resourcePolicy);
      return writtenOf(written);
    },
    put: (secretId, value, { stages, versionId } = {}) =>
      writtenOf(call('PutSecretValue', { SecretId: secretId, ...valueOf(value), VersionStages: stages, ClientRequestToken: versionId })),
    value(secretId, stage = CURRENT) {
      const secret = find(secretId);
      const content = secret.versions.get(secret.labels.get(stage) ?? '')?.content;
      if (!content) throw new RangeError(`${secretId} has no value under ${stage}`);
      return 'string' in content ? content.string : content.binary;
    },
    describe: (secretId) => descriptionOf(find(secretId)),
    list: () => [...store.all()].map(descriptionOf),
    moveStage: (secretId, stage, { to, from }) =>
      void call('UpdateSecretVersionStage', { SecretId: secretId, VersionStage: stage, MoveToVersionId: to, RemoveFromVersionId: from }),
    tag: (secretId, tags) => void call('TagResource', { SecretId: secretId, Tags: tagsOf(tags) }),
    untag: (secretId, keys) => void call('UntagResource', { SecretId: secretId, TagKeys: keys }),
    setResourcePolicy(secretId, policy) {
      if (policy === undefined) call('DeleteResourcePolicy', { SecretId: secretId });
      else call('PutResourcePolicy', { SecretId: secretId, ResourcePolicy: typeof policy === 'string' ? policy : JSON.stringify(policy) });
    },
    delete: (secretId, { force, recoveryWindowInDays } = {}) =>
      void call('DeleteSecret', { SecretId: secretId, ForceDeleteWithoutRecovery: force, RecoveryWindowInDays: recoveryWindowInDays }),
    restore: (secretId) => void call('RestoreSecret', { SecretId: secretId }),
  };
}

function createInput(options: CreateOptions): object {
  return {
    Description: options.description,
    KmsKeyId: options.kmsKeyId,
    ClientRequestToken: options.versionId,
    Tags: options.tags && tagsOf(options.tags),
    AddReplicaRegions: options.replicaRegions?.map((region) => ({ Region: region })),
  };
}

function valueOf(value: SecretValueInput | undefined): object {
  if (value === undefined) return {};
  return typeof value === 'string' ? { SecretString: value } : { SecretBinary: value.toString('base64') };
}

const tagsOf = (tags: Readonly<Record<string, string>>): object[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const writtenOf = (written: Record<string, unknown>): Written => ({
  arn: String(written['ARN']),
  name: String(written['Name']),
  versionId: typeof written['VersionId'] === 'string' ? written['VersionId'] : '',
});

const descriptionOf = (secret: Secret): SecretDescription => ({
  arn: secret.arn,
  name: secret.name,
  description: secret.description,
  kmsKeyId: secret.kmsKeyId,
  tags: Object.fromEntries(secret.tags),
  labels: Object.fromEntries(secret.labels),
  versionIds: [...secret.versions.keys()],
  changedMs: secret.changedMs,
  deletionMs: secret.deletionMs,
  rotation: secret.rotation && { enabled: secret.rotation.enabled, rules: secret.rotation.rules },
});
