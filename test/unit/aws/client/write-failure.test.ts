// Each write x each way to fail -> the reason, when it is tried again, and the message of its reader.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { retryOf, through } from '../../../../src/failure/failure.ts';
import { messageFor } from '../../../../src/messages/message.ts';
import { owner, tenantOf } from '../../../../src/messages/reader.ts';
import { failureOfWrite } from '../../../../src/aws/client/write-failure.ts';
import type { SecretWriter, StageMove, WriteFailure, WriteResult } from '../../../../src/aws/writer-port.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { SecretValue } from '../../../../src/base/secret-value.ts';
import { workAfter } from '../../../../src/reconcile/shared/work.ts';
import { CallBudgets } from '../../../../src/source/limits/budgets/call-budgets.ts';
import { SharedWriteBudget } from '../../../../src/source/limits/budgets/write-budget.ts';
import type { Fault } from '../../../support/aws/faults.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { never, permitted, type SdkWorld, startSdkWorld } from '../sdk-world.ts';

const [V1, V2, V3] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];
const KMS_DENIED =
  'User: arn:x is not authorized to perform: kms:GenerateDataKey on resource: arn:y because no identity-based policy allows the kms:GenerateDataKey action';

let world: SdkWorld;
let writer: SecretWriter;

beforeAll(async () => {
  world = await startSdkWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

beforeEach(() => {
  const clock = new FakeClock();
  writer = world.secrets.writer({ right: { remainingMs: () => 10_000 }, budget: new SharedWriteBudget(clock, new CallBudgets(clock)) });
});

const value = { value: SecretValue.ofText('canary'), format: 'text' } as const;
const caller = (identity = world.identity) => ({ identity, namespace: 'shop' });
const put = () => writer.putVersion(caller(), { ...value, secretId: 'db', token: V2, stages: ['OURS'] }, never());
const move = (over: Partial<StageMove> = {}, by = caller()) =>
  writer.moveStage(by, { secretId: 'db', stage: 'AWSCURRENT', to: V2, from: V1, ...over }, never());

const writes = {
  PutSecretValue: put,
  UpdateSecretVersionStage: () => move(),
  TagResource: () => writer.tag(caller(), 'db', new Map([['a', 'b']]), never()),
  UntagResource: () => writer.untag(caller(), 'db', ['a'], never()),
  CreateSecret: () => writer.create(caller(), { ...value, name: 'db', token: V1, tags: new Map() }, never()),
  DeleteSecret: () => writer.delete(caller(), 'db', 7, never()),
} as const satisfies Record<string, () => Promise<WriteResult<unknown>>>;

type Operation = keyof typeof writes;

function failureIn(result: WriteResult<unknown>): WriteFailure {
  if (result.ok) throw new Error('expected a failure');
  return result.failure;
}

/** `Reason (when it is tried again): message`; the access key as KEY. */
function told(result: WriteResult<unknown>, reader = owner): string {
  const failure = failureOfWrite(failureIn(result));
  const message = messageFor(through('SecretStore', failure), reader).replaceAll(/AKIA\w+/g, 'KEY');
  return `${failure.reason} (${retryOf(failure)}): ${message}`;
}

const faults = {
  denied: { kind: 'access-denied' },
  'denied the key': { kind: 'error', code: 'AccessDeniedException', message: KMS_DENIED },
  'without its key': { kind: 'error', code: 'EncryptionFailure' },
  refused: { kind: 'error', code: 'InvalidRequestException' },
  'beyond a quota': { kind: 'error', code: 'LimitExceededException' },
  'marked for deletion': { kind: 'error', code: 'InvalidRequestException', message: 'it was marked for deletion' },
  throttled: { kind: 'throttle' },
} as const satisfies Record<string, Fault>;

const secretOf = (operation: Operation): string =>
  operation === 'UpdateSecretVersionStage' ? `secret "db" (version ${V2})` : 'secret "db"';
const DENIED_ACTION = 'AWS does not say why; allow the call on this secret to the identity, and look for a Deny';
const TAGS = 'a secret has at most 50 tags, and none of their keys begins with aws:';
const NOT_MANAGED = 'that no other AWS service manages the secret';
const RESTORE = 'restore it with RestoreSecret, or write to another secret';

const actions: Readonly<Record<Operation, readonly [refused: string, quota: string, deleted: string]>> = {
  PutSecretValue: [
    `check the names of the stages, and ${NOT_MANAGED}`,
    'take stages off old versions: a secret has at most 20 stages and 100 versions, besides those of the last 24 hours',
    RESTORE,
  ],
  UpdateSecretVersionStage: [
    `check the name of the stage, and ${NOT_MANAGED}`,
    'take stages off old versions: a secret has at most 20 stages',
    RESTORE,
  ],
  TagResource: [`check the tags: ${TAGS}`, `remove tags: ${TAGS}`, RESTORE],
  UntagResource: [`check the tags: ${TAGS}`, `remove tags: ${TAGS}`, RESTORE],
  CreateSecret: [
    'check name, tags and KMS key of the new secret',
    'delete secrets that nobody uses, or ask AWS for a higher quota',
    'restore it with RestoreSecret, or choose another name',
  ],
  DeleteSecret: [
    `check that the secret has no replicas, and ${NOT_MANAGED}`,
    'remove what nobody uses, or ask AWS for a higher quota',
    'the operator tries again automatically until DescribeSecret shows it',
  ],
};

function keyMessages(operation: Operation): Record<'denied the key' | 'without its key', string> {
  if (operation !== 'PutSecretValue' && operation !== 'CreateSecret') {
    const message = `KMSFailure (backoff): ${operation} for ${secretOf(operation)} needs its KMS key, which KEY cannot use; check that the key is enabled, and that the identity may use it`;
    return { 'denied the key': message, 'without its key': message };
  }
  const said = 'KMSFailure (backoff): secret "db" could not be encrypted for KEY';
  return {
    'denied the key': `${said}; allow kms:GenerateDataKey and kms:Decrypt on its KMS key, in a policy of the identity and in the policy of the key`,
    'without its key': `${said}; check that its KMS key is enabled and that the identity may call kms:GenerateDataKey and kms:Decrypt with it`,
  };
}

function expected(operation: Operation): Readonly<Record<keyof typeof faults, string>> {
  const [refused, quota, deleted] = actions[operation];
  const secret = secretOf(operation);
  return {
    ...keyMessages(operation),
    denied: `AccessDenied (backoff): KEY may not call secretsmanager:${operation} for ${secret} in eu-central-1: ${DENIED_ACTION}`,
    refused: `AWSRequestRefused (change): ${operation} for ${secret} in eu-central-1 was refused as invalid (InvalidRequestException); ${refused}`,
    'beyond a quota': `AWSQuotaExceeded (backoff): ${operation} for ${secret} would exceed a quota of Secrets Manager in eu-central-1; ${quota}`,
    'marked for deletion': `RemoteSecretMarkedForDeletion (backoff): ${secret} is marked for deletion in eu-central-1; ${deleted}`,
    throttled:
      'Throttled (backoff): Secrets Manager throttles the calls of KEY in eu-central-1; AWS, or a limit of Keytender that the message names, delays calls; the operator tries again automatically',
  };
}

describe('a write that fails is told for what it is', () => {
  it.each(Object.keys(writes) as Operation[])('%s', async (operation) => {
    const messages: Record<string, string> = {};
    for (const [name, fault] of Object.entries(faults)) {
      using _fault = world.aws.inject({ operation, fault });
      messages[name] = told(await writes[operation]());
      // A throttled budget of writes fills slowly.
      const clock = new FakeClock();
      writer = world.secrets.writer({ right: { remainingMs: () => 10_000 }, budget: new SharedWriteBudget(clock, new CallBudgets(clock)) });
    }
    expect(messages).toEqual(expected(operation));
  });

  it('where a value, a version or a secret is wrong or exists', async () => {
    const secrets = world.aws.secrets();
    secrets.create('db', 'first', { versionId: V1 });
    secrets.put('db', 'other', { versionId: V2, stages: ['OURS'] });
    const sized = (text: string) =>
      writer.putVersion(
        caller(),
        { value: SecretValue.ofText(text), format: 'text', secretId: 'db', token: V3, stages: ['OURS'] },
        never(),
      );
    const binary = {
      value: SecretValue.ofBytes(Buffer.from([0xff])),
      format: 'text',
      secretId: 'db',
      token: V3,
      stages: ['OURS'],
    } as const;
    expect(told(await sized(''))).toBe(
      'AWSRequestRefused (change): PutSecretValue for secret "db" was not sent: the value is empty; a value has 1 to 65,536 bytes',
    );
    expect(told(await sized('x'.repeat(65_537)))).toBe(
      'AWSRequestRefused (change): PutSecretValue for secret "db" was not sent: the value is too large; a value has 1 to 65,536 bytes',
    );
    expect(told(await writer.putVersion(caller(), binary, never()))).toBe(
      'AWSRequestRefused (change): PutSecretValue for secret "db" was not sent: the value is not UTF-8; write it as binary',
    );
    expect(told(await writer.delete(caller(), 'db', 31, never()))).toBe(
      'AWSRequestRefused (change): DeleteSecret for secret "db" was not sent: its recovery window is wrong; a recovery window has 7 to 30 days',
    );
    expect(told(await put())).toBe(
      `RemoteSecretConflict (backoff): secret "db" (version ${V2}) has another value already; find in CloudTrail who has written it`,
    );
    expect(told(await writer.create(caller(), { ...value, name: 'db', token: V3, tags: new Map() }, never()))).toBe(
      'RemoteSecretConflict (backoff): secret "db" exists already; choose another name, or delete the secret that has it',
    );
    expect(told(await writer.tag(caller(), 'none', new Map(), never()))).toBe(
      'RemoteSecretNotFound (backoff): secret "none" was not found in eu-central-1; check its name or ARN, and the region of the store; AWS gives the same answer if the version does not exist',
    );
  });

  it('where a stage is elsewhere, or nobody knows where', async () => {
    const secrets = world.aws.secrets();
    secrets.moveStage('db', 'AWSCURRENT', { to: V2, from: V1 });
    secrets.put('db', 'third', { versionId: V3 });
    expect(told(await move())).toBe(
      `RemoteSecretConflict (backoff): stage "AWSCURRENT" of secret "db" is at version ${V3}, not at version ${V1}; another client has moved it: find in CloudTrail which one; the operator tries again automatically`,
    );
    expect(told(await move({ stage: 'NEW' }))).toContain(`stage "NEW" of secret "db" is at no version, not at version ${V1};`);
    const unknown = (over: Partial<StageMove>, failure = {}): string => {
      const request = { service: 'secretsmanager', region: 'eu-central-1', operation: 'UpdateSecretVersionStage' } as const;
      const moved = { secretId: 'db', stage: 'OURS', to: V2, from: V1, ...over } as StageMove;
      const resource = { type: 'secret', name: 'db' } as const;
      const stage = { kind: 'stage-unknown', request: { ...request, resource }, move: moved, mayBeWritten: false, ...failure } as const;
      return told({ ok: false, failure: stage });
    };
    const again =
      'and DescribeSecret does not show why; the operator tries again automatically, because DescribeSecret may be a minute late';
    expect([unknown({}), unknown({ from: undefined }), unknown({ to: undefined })]).toEqual(
      [
        `move stage "OURS" of secret "db" from version ${V1} to version ${V2}`,
        `give stage "OURS" of secret "db" to version ${V2}`,
        `take stage "OURS" of secret "db" off version ${V1}`,
      ].map((what) => `RemoteSecretConflict (backoff): AWS refuses to ${what}, ${again}`),
    );
    expect(told(await move({ to: undefined, from: V3 }))).toBe(
      'AWSRequestRefused (change): UpdateSecretVersionStage for secret "db" was not sent: AWSCURRENT cannot be taken off a secret; move it to another version',
    );
    world.aws.switches.enforceIam = true;
    const mover = permitted(world, ['secretsmanager:UpdateSecretVersionStage']);
    expect(told(await move({}, caller(mover)))).toBe(
      `RemoteSecretConflict (backoff): AWS refuses to move stage "AWSCURRENT" of secret "db" from version ${V1} to version ${V2}, and DescribeSecret is denied; allow secretsmanager:DescribeSecret to the identity; the operator tries again automatically`,
    );
    world.aws.switches.enforceIam = false;
  });

  it('where a replica is written', async () => {
    world.aws.secrets().create('copied', 'x', { versionId: V1, replicaRegions: ['us-west-2'] });
    const abroad = caller({ ...world.identity, region: 'us-west-2' });
    expect(told(await writer.moveStage(abroad, { secretId: 'copied', stage: 'OURS', to: V1, from: undefined }, never()))).toBe(
      'AWSRequestRefused (change): UpdateSecretVersionStage for secret "copied" was refused: the secret is a replica; write to it in its primary region',
    );
  });

  it('where it was not sent', () => {
    const request = {
      service: 'secretsmanager',
      region: 'eu-central-1',
      operation: 'PutSecretValue',
      resource: { type: 'secret', name: 'db' },
    } as const;
    const failures: readonly WriteFailure[] = [
      { kind: 'not-leader', request, mayBeWritten: false },
      { kind: 'not-leader', request, mayBeWritten: true },
      { kind: 'over-budget', request, retryAfterMs: ms(5_000), mayBeWritten: false },
    ];
    const lease = 'this process no longer holds the Lease; the process that holds the Lease continues';
    expect(failures.map((failure) => told({ ok: false, failure }))).toEqual([
      `KubernetesUnavailable (backoff): PutSecretValue for secret "db" was not sent: ${lease}`,
      `KubernetesUnavailable (backoff): PutSecretValue for secret "db" was cancelled before AWS answered: ${lease}`,
      'Throttled (backoff): PutSecretValue for secret "db" was not sent: Keytender\'s limit of writes to the account in eu-central-1 is reached; the operator tries again automatically',
    ]);
    expect(failures.map((failure) => workAfter(failureOfWrite(failure)))).toEqual([
      { kind: 'retry' },
      { kind: 'retry' },
      { kind: 'retry', retryAfterMs: 5_000 },
    ]);
  });

  it('without who writes, where the reader may not know it', async () => {
    using _fault = world.aws.inject({ fault: { kind: 'error', code: 'EncryptionFailure' } });
    const failure = failureOfWrite(failureIn(await put()));
    expect(messageFor(through('ClusterSecretStore', failure), tenantOf('shop'))).toMatch(
      /^secret "db" could not be encrypted for the ClusterSecretStore;/,
    );
  });
});
