/** Writes to AWS Secrets Manager over the official SDK. Values are revealed as a request is made, and are in no failure. */
import { isUtf8 } from 'node:buffer';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, type Outcome } from '../../api/failure.ts';
import type { ResourceFacts } from '../../api/failure-facts.ts';
import { resourceText } from '../../api/messages/words.ts';
import { quote } from '../../base/excerpt.ts';
import { failed, ok } from '../../base/result.ts';
import { callerOf } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import type { Identity } from '../credentials/identity.ts';
import { secretDescriptionOf } from './secret-description.ts';
import type {
  NewSecret,
  NewVersion,
  SecretDescription,
  SecretWriter,
  StageMove,
  StoredVersion,
  WriteCaller,
  WriteFailure,
  WriteResult,
  WrittenValue,
} from './writer-port.ts';
import { ServiceCalls, type ServiceContext } from '../call/service-calls.ts';
import { type Refusal, WriteCalls, type WriteGuards } from '../call/write-calls.ts';

const MAX_VALUE_BYTES = 65_536;

export class SecretsManagerWriter implements SecretWriter {
  readonly #writes: WriteCalls<SecretsManagerClient>;
  readonly #reads: ServiceCalls<SecretsManagerClient>;

  constructor(context: ServiceContext, guards: WriteGuards) {
    this.#writes = new WriteCalls(context, guards, (config) => new SecretsManagerClient(config));
    this.#reads = new ServiceCalls(context, (config) => new SecretsManagerClient(config));
  }

  async putVersion(caller: WriteCaller, version: NewVersion, signal: AbortSignal): Promise<WriteResult<StoredVersion>> {
    const { secretId, token, stages } = version;
    const subject = subjectOf(caller.identity, 'PutSecretValue', { type: 'secret', name: secretId });
    const problem = problemOf(version, subject);
    if (problem !== undefined) return failed(problem);
    const answer = await this.#writes.call(
      caller,
      subject,
      signal,
      (client, abortSignal) =>
        client.send(
          new PutSecretValueCommand({ SecretId: secretId, ClientRequestToken: token, VersionStages: [...stages], ...revealed(version) }),
          { abortSignal },
        ),
      existsAs(`version ${token} of ${named(secretId)} has another value already`),
    );
    if (!answer.ok) return answer;
    const { ARN: arn = '', VersionId: versionId = token, VersionStages: held = [] } = answer.value;
    return ok({ arn, versionId, stages: held });
  }

  async moveStage(caller: WriteCaller, move: StageMove, signal: AbortSignal): Promise<WriteResult<void>> {
    const { secretId, stage, to, from } = move;
    const secret = { type: 'secret', name: secretId } as const;
    const resource = to === undefined ? secret : { ...secret, version: `version ${to}` };
    const subject = subjectOf(caller.identity, 'UpdateSecretVersionStage', resource);
    const input = { SecretId: secretId, VersionStage: stage, MoveToVersionId: to, RemoveFromVersionId: from };
    let isRefused = false;
    const answer = await this.#writes.call(
      caller,
      subject,
      signal,
      (client, abortSignal) => client.send(new UpdateSecretVersionStageCommand(input), { abortSignal }),
      ({ code }) => {
        isRefused = code === 'InvalidParameterException';
        return undefined;
      },
    );
    if (answer.ok) return ok(undefined);
    return isRefused ? this.#refusedMove(caller, move, answer.failure, signal) : answer;
  }

  async describe(identity: Identity, secretId: string, signal: AbortSignal): Promise<Outcome<SecretDescription>> {
    const subject = subjectOf(identity, 'DescribeSecret', { type: 'secret', name: secretId });
    const command = new DescribeSecretCommand({ SecretId: secretId });
    const answer = await this.#reads.send(identity, subject, command, signal);
    return answer.ok ? secretDescriptionOf(answer.value, subject) : answer;
  }

  async tag(caller: WriteCaller, secretId: string, tags: ReadonlyMap<string, string>, signal: AbortSignal): Promise<WriteResult<void>> {
    const subject = subjectOf(caller.identity, 'TagResource', { type: 'secret', name: secretId });
    const command = new TagResourceCommand({ SecretId: secretId, Tags: tagsOf(tags) });
    const answer = await this.#writes.call(caller, subject, signal, (client, abortSignal) => client.send(command, { abortSignal }));
    return answer.ok ? ok(undefined) : answer;
  }

  async untag(caller: WriteCaller, secretId: string, keys: readonly string[], signal: AbortSignal): Promise<WriteResult<void>> {
    const subject = subjectOf(caller.identity, 'UntagResource', { type: 'secret', name: secretId });
    const command = new UntagResourceCommand({ SecretId: secretId, TagKeys: [...keys] });
    const answer = await this.#writes.call(caller, subject, signal, (client, abortSignal) => client.send(command, { abortSignal }));
    return answer.ok ? ok(undefined) : answer;
  }

  async create(caller: WriteCaller, secret: NewSecret, signal: AbortSignal): Promise<WriteResult<{ readonly arn: string }>> {
    const { name, token, tags, description, kmsKeyId } = secret;
    const subject = subjectOf(caller.identity, 'CreateSecret', { type: 'secret', name: name });
    const problem = problemOf(secret, subject);
    if (problem !== undefined) return failed(problem);
    const input = { Name: name, ClientRequestToken: token, Tags: tagsOf(tags), Description: description, KmsKeyId: kmsKeyId };
    const answer = await this.#writes.call(
      caller,
      subject,
      signal,
      (client, abortSignal) => client.send(new CreateSecretCommand({ ...input, ...revealed(secret) }), { abortSignal }),
      existsAs(`${named(name)} exists already`),
    );
    return answer.ok ? ok({ arn: answer.value.ARN ?? '' }) : answer;
  }

  async delete(
    caller: WriteCaller,
    secretId: string,
    recoveryDays: number,
    signal: AbortSignal,
  ): Promise<WriteResult<{ readonly goneAt: string }>> {
    const subject = subjectOf(caller.identity, 'DeleteSecret', { type: 'secret', name: secretId });
    const command = new DeleteSecretCommand({ SecretId: secretId, RecoveryWindowInDays: recoveryDays });
    const answer = await this.#writes.call(caller, subject, signal, (client, abortSignal) => client.send(command, { abortSignal }));
    return answer.ok ? ok({ goneAt: answer.value.DeletionDate?.toISOString() ?? '' }) : answer;
  }

  /** AWS gives one code for several mistakes. Who holds the stage tells which one it is, and whether the move was made before. */
  async #refusedMove(
    { identity }: WriteCaller,
    { secretId, stage, to, from }: StageMove,
    refusal: WriteFailure,
    signal: AbortSignal,
  ): Promise<WriteResult<void>> {
    const described = await this.describe(identity, secretId, signal);
    if (!described.ok) return failed(refusal);
    const holder = described.value.stages.get(stage);
    if (holder === to) return ok(undefined);
    if (holder === from) return failed(refusal);
    const message = `stage ${quote(stage)} of ${named(secretId)} is at ${nameOf(holder)}, not at ${nameOf(from)}: somebody else has moved it`;
    return failed({ kind: 'stage-moved', holder, message, mayBeWritten: false });
  }
}

/** Names have up to 512 characters, ARNs more. */
function named(secretId: string): string {
  return `secret ${quote(secretId)}`;
}

function nameOf(versionId: string | undefined): string {
  return versionId === undefined ? 'no version' : `version ${versionId}`;
}

function subjectOf(identity: Identity, operation: string, resource: ResourceFacts): CallSubject {
  return { service: 'secretsmanager', operation, resource, ...callerOf(identity), region: identity.region, secrets: 0 };
}

function existsAs(message: string): (refusal: Refusal) => WriteFailure | undefined {
  return ({ code }) => (code === 'ResourceExistsException' ? { kind: 'exists', message, mayBeWritten: false } : undefined);
}

/** Why AWS would refuse the value, or keep another one. */
function problemOf({ value, format }: WrittenValue, { operation, resource }: CallSubject): WriteFailure | undefined {
  const refuse = (why: string): WriteFailure => {
    const refusal = failure('AWSRequestRefused', `${operation} for ${resourceText(resource)} was not sent: ${why}`);
    return { kind: 'failed', failure: refusal, mayBeWritten: false };
  };
  if (value.size === 0) return refuse('the value is empty');
  if (value.size > MAX_VALUE_BYTES) return refuse(`the value has ${value.size} bytes, and AWS takes ${MAX_VALUE_BYTES}`);
  return format === 'text' && !isUtf8(value.reveal()) ? refuse('the value is not UTF-8, and has to be written as binary') : undefined;
}

function revealed({ value, format }: WrittenValue): { readonly SecretString: string } | { readonly SecretBinary: Uint8Array } {
  return format === 'text' ? { SecretString: value.reveal().toString('utf8') } : { SecretBinary: value.reveal() };
}

function tagsOf(tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}
