/** Writes to AWS Secrets Manager over the official SDK. Values are revealed as a request is made, and are in no failure. */
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
import type { Outcome } from '../../failure/failure.ts';
import type { Clock } from '../../base/time/clock.ts';
import { failed, ok } from '../../base/result.ts';
import { callerOf } from '../credentials/credentials.ts';
import type { CallSubject } from '../failure/call-subject.ts';
import type { Identity } from '../credentials/identity.ts';
import { secretDescriptionOf } from './secret-description.ts';
import { explainRefusal, problemOfMove } from './stage-move.ts';
import { problemOfRecovery, problemOfValue, revealed, tagsOf } from './write-input.ts';
import type {
  MovedStage,
  NewSecret,
  NewVersion,
  SecretDescription,
  SecretWriter,
  StageMove,
  StoredVersion,
  WriteBudget,
  WriteCaller,
  WriteFailure,
  WriteGuards,
  WriteResult,
} from '../writer-port.ts';
import { ServiceCalls, type ServiceContext } from '../client/service-calls.ts';
import { type Refusal, requestOf, WriteCalls } from '../client/write-calls.ts';

export class SecretsManagerWriter implements SecretWriter {
  readonly #writes: WriteCalls<SecretsManagerClient>;
  readonly #reads: ServiceCalls<SecretsManagerClient>;
  readonly #clock: Clock;
  readonly #budget: WriteBudget;

  constructor(context: ServiceContext, guards: WriteGuards) {
    this.#writes = new WriteCalls(context, guards, (config) => new SecretsManagerClient(config));
    this.#reads = new ServiceCalls(context, (config) => new SecretsManagerClient(config));
    this.#clock = context.clock;
    this.#budget = guards.budget;
  }

  async putVersion(caller: WriteCaller, version: NewVersion, signal: AbortSignal): Promise<WriteResult<StoredVersion>> {
    const { secretId, token, stages } = version;
    const subject = writeOf(caller, 'PutSecretValue', secretId);
    const problem = problemOfValue(version, requestOf(subject));
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
      existsAs('version-exists', token),
    );
    if (!answer.ok) return answer;
    const { ARN: arn = '', VersionId: versionId = token, VersionStages: held = [] } = answer.value;
    return ok({ arn, versionId, stages: held });
  }

  async moveStage(caller: WriteCaller, move: StageMove, signal: AbortSignal): Promise<WriteResult<MovedStage>> {
    const { secretId, stage, to, from } = move;
    const subject = writeOf(caller, 'UpdateSecretVersionStage', secretId, to);
    const problem = problemOfMove(move, requestOf(subject));
    if (problem !== undefined) return failed(problem);
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
    if (answer.ok) return ok('moved');
    return isRefused ? explainRefusal(move, requestOf(subject), await this.describe(caller.identity, secretId, signal)) : answer;
  }

  async describe(identity: Identity, secretId: string, signal: AbortSignal): Promise<Outcome<SecretDescription>> {
    const subject = subjectOf(identity, 'DescribeSecret', secretId);
    const command = new DescribeSecretCommand({ SecretId: secretId });
    const madeAt = this.#clock.monotonic();
    const answer = await this.#reads.send(identity, subject, command, signal, (attempts) =>
      this.#budget.described(identity, attempts, madeAt),
    );
    return answer.ok ? secretDescriptionOf(answer.value, subject) : answer;
  }

  async tag(caller: WriteCaller, secretId: string, tags: ReadonlyMap<string, string>, signal: AbortSignal): Promise<WriteResult<void>> {
    const subject = writeOf(caller, 'TagResource', secretId);
    const command = new TagResourceCommand({ SecretId: secretId, Tags: tagsOf(tags) });
    const answer = await this.#writes.call(caller, subject, signal, (client, abortSignal) => client.send(command, { abortSignal }));
    return answer.ok ? ok(undefined) : answer;
  }

  async untag(caller: WriteCaller, secretId: string, keys: readonly string[], signal: AbortSignal): Promise<WriteResult<void>> {
    const subject = writeOf(caller, 'UntagResource', secretId);
    const command = new UntagResourceCommand({ SecretId: secretId, TagKeys: [...keys] });
    const answer = await this.#writes.call(caller, subject, signal, (client, abortSignal) => client.send(command, { abortSignal }));
    return answer.ok ? ok(undefined) : answer;
  }

  async create(caller: WriteCaller, secret: NewSecret, signal: AbortSignal): Promise<WriteResult<{ readonly arn: string }>> {
    const { name, token, tags, description, kmsKeyId } = secret;
    const subject = writeOf(caller, 'CreateSecret', name);
    const problem = problemOfValue(secret, requestOf(subject));
    if (problem !== undefined) return failed(problem);
    const input = { Name: name, ClientRequestToken: token, Tags: tagsOf(tags), Description: description, KmsKeyId: kmsKeyId };
    const answer = await this.#writes.call(
      caller,
      subject,
      signal,
      (client, abortSignal) => client.send(new CreateSecretCommand({ ...input, ...revealed(secret) }), { abortSignal }),
      existsAs('secret-exists'),
    );
    return answer.ok ? ok({ arn: answer.value.ARN ?? '' }) : answer;
  }

  async delete(
    caller: WriteCaller,
    secretId: string,
    recoveryDays: number,
    signal: AbortSignal,
  ): Promise<WriteResult<{ readonly goneAt?: string }>> {
    const subject = writeOf(caller, 'DeleteSecret', secretId);
    const problem = problemOfRecovery(recoveryDays, requestOf(subject));
    if (problem !== undefined) return failed(problem);
    const command = new DeleteSecretCommand({ SecretId: secretId, RecoveryWindowInDays: recoveryDays });
    const answer = await this.#writes.call(caller, subject, signal, (client, abortSignal) => client.send(command, { abortSignal }));
    if (!answer.ok) return isMarked(answer.failure) ? this.#markedBefore(caller, secretId, answer.failure, signal) : answer;
    const goneAt = answer.value.DeletionDate?.toISOString();
    return ok(goneAt === undefined ? {} : { goneAt });
  }

  /** AWS gives the same answer whoever has marked it, and whenever. */
  async #markedBefore(
    { identity }: WriteCaller,
    secretId: string,
    refusal: WriteFailure,
    signal: AbortSignal,
  ): Promise<WriteResult<{ readonly goneAt?: string }>> {
    const described = await this.describe(identity, secretId, signal);
    return described.ok && described.value.deletedDate !== undefined ? ok({}) : failed(refusal);
  }
}

function isMarked(refusal: WriteFailure): boolean {
  return refusal.kind === 'failed' && refusal.failure.reason === 'RemoteSecretMarkedForDeletion';
}

function subjectOf(identity: Identity, operation: string, secretId: string, version?: string): CallSubject {
  const resource = { type: 'secret', name: secretId, ...(version === undefined ? {} : { version: `version ${version}` }) } as const;
  return { service: 'secretsmanager', operation, resource, ...callerOf(identity), region: identity.region, secrets: 0 };
}

function writeOf({ identity }: WriteCaller, ...what: readonly [operation: string, secretId: string, version?: string]): CallSubject {
  return { ...subjectOf(identity, ...what), isWrite: true };
}

/** `version`: the one that exists. */
function existsAs(what: 'version-exists' | 'secret-exists', version?: string): (refusal: Refusal) => WriteFailure | undefined {
  return ({ request, code }) => {
    if (code !== 'ResourceExistsException') return undefined;
    const resource = version === undefined ? request.resource : { ...request.resource, version: `version ${version}` };
    return { kind: 'exists', request: { ...request, resource }, what, mayBeWritten: false };
  };
}
