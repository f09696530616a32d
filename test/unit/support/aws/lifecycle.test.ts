import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import type { SecretLabelUpdated } from '../../../support/aws/events.ts';
import { readString, secretsManagerClient } from '../../../support/aws/sdk-clients.ts';
import { useSecretsManager } from './use-secrets-manager.ts';

const DAY_MS = 86_400_000;
let aws: AwsEmulator;
let client: SecretsManagerClient;
let SecretId: string;
let serial = 0;

useSecretsManager((made) => ({ aws, client } = made));
beforeEach(() => {
  SecretId = `life${serial++}`;
  aws.secrets().create(SecretId, 'one');
});

describe('DeleteSecret and RestoreSecret', () => {
  it('marks, refuses, restores', async () => {
    const deleted = await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    expect(deleted.DeletionDate!.getTime()).toBeCloseTo(aws.clock.now() + 7 * DAY_MS, -4);
    const marked = { name: 'InvalidRequestException', message: expect.stringContaining('marked for deletion') };
    await expect(readString(client, SecretId)).rejects.toMatchObject(marked);
    await expect(client.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' }))).rejects.toMatchObject(marked);
    await expect(client.send(new TagResourceCommand({ SecretId, Tags: [] }))).rejects.toMatchObject(marked);
    await expect(client.send(new DeleteSecretCommand({ SecretId }))).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'x' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    expect((await client.send(new DescribeSecretCommand({ SecretId }))).DeletedDate).toEqual(deleted.DeletionDate);
    await client.send(new RestoreSecretCommand({ SecretId }));
    expect(await readString(client, SecretId)).toBe('one');
  });

  it('purges when the window ends; a new secret of the name has another ARN', async () => {
    const { arn } = aws.secrets().describe(SecretId);
    await client.send(new DeleteSecretCommand({ SecretId }));
    aws.clock.advance(30 * DAY_MS);
    await expect(client.send(new DescribeSecretCommand({ SecretId }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(aws.secrets().create(SecretId, 'again').arn).not.toBe(arn);
    await expect(readString(client, arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('deletes at once when forced, also what does not exist', async () => {
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    await expect(client.send(new RestoreSecretCommand({ SecretId }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect((await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))).Name).toBe(SecretId);
  });

  it.each([
    [{ RecoveryWindowInDays: 6 }, 'InvalidParameterException'],
    [{ RecoveryWindowInDays: 31 }, 'InvalidParameterException'],
    [{ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }, 'InvalidParameterException'],
  ])('refuses %j', async (input, code) => {
    await expect(client.send(new DeleteSecretCommand({ SecretId, ...input }))).rejects.toMatchObject({ name: code });
  });
});

describe('tags and policies', () => {
  it('tags change LastChangedDate and no version', async () => {
    const before = aws.secrets().describe(SecretId);
    aws.clock.advance(1000);
    await client.send(
      new TagResourceCommand({
        SecretId,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '' },
        ],
      }),
    );
    await client.send(new UntagResourceCommand({ SecretId, TagKeys: ['a', 'absent'] }));
    const after = aws.secrets().describe(SecretId);
    expect(after.tags).toEqual({ b: '' });
    expect(after.versionIds).toEqual(before.versionIds);
    expect(after.changedMs).toBeGreaterThan(before.changedMs);
    await expect(
      client.send(new TagResourceCommand({ SecretId, Tags: Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' })) })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('stores, validates and removes resource policies', async () => {
    const open = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: 'secretsmanager:*', Resource: '*' }] });
    const put = (ResourcePolicy: string, BlockPublicPolicy = false) =>
      client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy, BlockPublicPolicy }));
    await expect(put('{"Statement":')).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    await expect(put(open, true)).rejects.toMatchObject({ name: 'PublicPolicyException' });
    await expect(put(' '.repeat(20_481))).rejects.toMatchObject({ name: 'ValidationException' });
    await put(open);
    expect((await client.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy).toBe(open);
    expect(await client.send(new ValidateResourcePolicyCommand({ ResourcePolicy: open }))).toMatchObject({ PolicyValidationPassed: false });
    await client.send(new DeleteResourcePolicyCommand({ SecretId }));
    expect((await client.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy).toBeUndefined();
  });
});

describe('replication', () => {
  it('follows the primary, is read-only, can be cut off or promoted', async () => {
    const replicas = {
      east: secretsManagerClient(aws.endpoint, { region: 'us-east-1' }),
      west: secretsManagerClient(aws.endpoint, { region: 'us-west-2' }),
    };
    const AddReplicaRegions = [{ Region: 'us-east-1' }, { Region: 'us-west-2' }];
    const { ReplicationStatus } = await client.send(new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions }));
    expect(ReplicationStatus).toMatchObject([{ Status: 'InSync' }, { Status: 'InSync' }]);
    const { VersionId } = await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'two' }));
    const { PrimaryRegion, ARN, VersionIdsToStages } = await replicas.east.send(new DescribeSecretCommand({ SecretId }));
    expect({ PrimaryRegion, suffix: ARN?.slice(-6) }).toEqual({
      PrimaryRegion: 'eu-central-1',
      suffix: aws.secrets().describe(SecretId).arn.slice(-6),
    });
    expect(VersionIdsToStages).toMatchObject({ [VersionId!]: ['AWSCURRENT'] });
    expect(await readString(replicas.east, SecretId)).toBe('two');
    await expect(replicas.east.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(client.send(new DeleteSecretCommand({ SecretId }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await client.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: ['us-east-1'] }));
    await expect(readString(replicas.east, SecretId)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await replicas.west.send(new StopReplicationToReplicaCommand({ SecretId }));
    await replicas.west.send(new PutSecretValueCommand({ SecretId, SecretString: 'own' }));
    expect(await readString(client, SecretId)).toBe('two');
    await client.send(new DeleteSecretCommand({ SecretId }));
    for (const replica of Object.values(replicas)) replica.destroy();
  });

  it('fails where the name is taken, unless it may overwrite', async () => {
    aws.secrets(undefined, 'us-east-2').create(SecretId, 'in the way');
    const add = (ForceOverwriteReplicaSecret: boolean) =>
      client.send(
        new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: 'us-east-2' }], ForceOverwriteReplicaSecret }),
      );
    expect((await add(false)).ReplicationStatus).toMatchObject([{ Status: 'Failed' }]);
    expect(aws.secrets(undefined, 'us-east-2').value(SecretId)).toBe('in the way');
    expect((await add(true)).ReplicationStatus).toMatchObject([{ Status: 'InSync' }]);
    expect(aws.secrets(undefined, 'us-east-2').value(SecretId)).toBe('one');
  });
});

describe('RotateSecret', () => {
  const RotationLambdaARN = 'arn:aws:lambda:eu-central-1:111122223333:function:rotate';
  const rotate = (input: object = {}) => client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, ...input }));

  it('runs the four steps after its answer and leaves the new value current', async () => {
    const steps: string[] = [];
    aws.addRotationFunction(RotationLambdaARN, async ({ Step, SecretId: id, ClientRequestToken: token }) => {
      steps.push(Step);
      if (Step === 'createSecret') {
        await client.send(
          new PutSecretValueCommand({ SecretId: id, ClientRequestToken: token, SecretString: 'rotated', VersionStages: ['AWSPENDING'] }),
        );
      }
      if (Step !== 'finishSecret') return;
      const from = aws.secrets().describe(id).labels['AWSCURRENT']!;
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: id,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: token,
          RemoveFromVersionId: from,
        }),
      );
    });
    const { VersionId } = await rotate({ RotationRules: { AutomaticallyAfterDays: 30 } });
    expect(await readString(client, SecretId)).toBe('one');
    await aws.rotationsSettled();
    expect(steps).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
    expect(await readString(client, SecretId)).toBe('rotated');
    const described = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(described.VersionIdsToStages?.[VersionId!]?.sort()).toEqual(['AWSCURRENT', 'AWSPENDING']);
    expect(described).toMatchObject({ RotationEnabled: true, RotationLambdaARN, LastRotatedDate: expect.any(Date) });
    expect(described.NextRotationDate!.getTime()).toBeGreaterThan(aws.clock.now() + 29 * DAY_MS);
  });

  it('refuses a second rotation while a failed one left AWSPENDING behind; cancelling ends the schedule', async () => {
    aws.addRotationFunction(RotationLambdaARN, ({ Step }) => {
      if (Step === 'setSecret') throw new Error('the database is down');
    });
    const { VersionId } = await rotate();
    await aws.rotationsSettled();
    expect(aws.secrets().describe(SecretId).labels['AWSPENDING']).toBe(VersionId);
    await expect(rotate()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('previous rotation'),
    });
    expect((await client.send(new CancelRotateSecretCommand({ SecretId }))).VersionId).toBe(VersionId);
    expect((await client.send(new DescribeSecretCommand({ SecretId }))).RotationEnabled).toBe(false);
  });

  it('only tests when it is not to rotate at once', async () => {
    const steps: string[] = [];
    aws.addRotationFunction(RotationLambdaARN, ({ Step }) => void steps.push(Step));
    await rotate({ RotateImmediately: false, RotationRules: { ScheduleExpression: 'rate(10 days)' } });
    await aws.rotationsSettled();
    expect(steps).toEqual(['testSecret']);
    expect(Object.keys(aws.secrets().describe(SecretId).labels)).toEqual(['AWSCURRENT']);
  });

  it('rotates managed secrets without a Lambda function', async () => {
    aws.secrets().create('rds!db', 'one', { owningService: 'rds' });
    aws.addManagedRotation('rds', ({ Step, SecretId: id }) => {
      if (Step === 'finishSecret') aws.secrets().put(id, 'two');
    });
    await client.send(new RotateSecretCommand({ SecretId: 'rds!db' }));
    await aws.rotationsSettled();
    expect(await readString(client, 'rds!db')).toBe('two');
  });

  it('needs a function that exists', async () => {
    await expect(client.send(new RotateSecretCommand({ SecretId }))).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(rotate({ RotationLambdaARN: `${RotationLambdaARN}-unknown` })).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it.each([
    [{ ScheduleExpression: 'rate(3 hours)' }, undefined],
    [{ ScheduleExpression: 'cron(30 2 * * ? *)' }, undefined],
    [{ ScheduleExpression: 'rate(4 hours)', AutomaticallyAfterDays: 3 }, undefined],
    [{ ScheduleExpression: 'rate(4 hours)' }, 4],
    [{ ScheduleExpression: 'cron(0 2 * * ? *)' }, 24],
    [{ ScheduleExpression: 'cron(0 0/12 * * ? *)' }, 12],
  ])('schedule %j: next within %s hours', async (RotationRules, hours) => {
    aws.addRotationFunction(RotationLambdaARN, () => undefined);
    const answer = rotate({ RotationRules, RotateImmediately: false });
    if (hours === undefined) return expect(answer).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await answer;
    await aws.rotationsSettled();
    const { NextRotationDate } = await client.send(new DescribeSecretCommand({ SecretId }));
    const inMs = NextRotationDate!.getTime() - aws.clock.now();
    expect(inMs).toBeGreaterThan(0);
    expect(inMs).toBeLessThanOrEqual(hours * 3_600_000);
  });
});

const password = async (input: object) => (await client.send(new GetRandomPasswordCommand(input))).RandomPassword!;

describe('GetRandomPassword', () => {
  it('honours length, types and exclusions', async () => {
    expect(await password({})).toHaveLength(32);
    expect(await password({ PasswordLength: 4096 })).toHaveLength(4096);
    expect(await password({ PasswordLength: 500, ExcludePunctuation: true, ExcludeUppercase: true, ExcludeCharacters: 'abc' })).toMatch(
      /^[d-z0-9]{500}$/,
    );
    expect(await password({ PasswordLength: 4 })).toMatch(/[a-z]/);
  });

  it.each([
    [{ PasswordLength: 0 }, 'ValidationException'],
    [{ PasswordLength: 4097 }, 'ValidationException'],
    [{ PasswordLength: 3 }, 'InvalidParameterException'],
  ])('refuses %j', async (input, code) => {
    await expect(password(input)).rejects.toMatchObject({ name: code });
  });
});

describe('events', () => {
  it('tell of labels that move, not of AWSPENDING, AWSPREVIOUS, creation or metadata', async () => {
    const seen: SecretLabelUpdated[] = [];
    const off = aws.events.on((event) => {
      if (event.source === 'aws.secretsmanager') seen.push(event);
    });
    const { arn, versionId } = aws.secrets().put(SecretId, 'two');
    aws.secrets().put(SecretId, 'three', { stages: ['AWSPENDING'] });
    aws.secrets().put(SecretId, 'four', { stages: ['green'] });
    aws.secrets().tag(SecretId, { a: 'b' });
    aws.secrets().create(`${SecretId}-other`, 'x');
    off();
    aws.secrets().put(SecretId, 'five');
    expect(seen.map((event) => event.detail.labelUpdated)).toEqual(['AWSCURRENT', 'green']);
    expect(seen[0]).toMatchObject({
      source: 'aws.secretsmanager',
      'detail-type': 'Secret Label Updated',
      account: '111122223333',
      region: 'eu-central-1',
      resources: [arn],
      detail: { name: SecretId, labelUpdated: 'AWSCURRENT', versionId },
    });
  });
});
