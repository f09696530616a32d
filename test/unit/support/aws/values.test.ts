import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretCommand,
  type BatchGetSecretValueCommandInput,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { readBatch, readString, secretsManagerClient } from '../../../support/aws/sdk-clients.ts';
import { useSecretsManager } from './use-secrets-manager.ts';

const T1 = 'a'.repeat(32);
const T2 = 'b'.repeat(32);
let aws: AwsEmulator;
let client: SecretsManagerClient;
let name: string;
let serial = 0;

useSecretsManager((made) => ({ aws, client } = made));
beforeEach(() => {
  name = `values/${serial++}`;
});

const create = (input: object = {}) =>
  client.send(new CreateSecretCommand({ Name: name, SecretString: 'one', ClientRequestToken: T1, ...input }));
const put = (input: object = {}) =>
  client.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'two', ClientRequestToken: T2, ...input }));
const get = (input: object = {}) => client.send(new GetSecretValueCommand({ SecretId: name, ...input }));

describe('CreateSecret', () => {
  it('answers with an ARN of six random characters and gives the value AWSCURRENT', async () => {
    const created = await create();
    expect(created.ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-[A-Za-z0-9]{6}$`));
    expect(await get()).toMatchObject({ ARN: created.ARN, Name: name, VersionId: T1, SecretString: 'one', VersionStages: ['AWSCURRENT'] });
  });

  it('makes a secret without a value, whose reading says that the label has none', async () => {
    const created = await client.send(new CreateSecretCommand({ Name: name }));
    expect(created.VersionId).toBeUndefined();
    await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: expect.stringContaining('AWSCURRENT') });
    expect(await client.send(new DescribeSecretCommand({ SecretId: name }))).not.toHaveProperty('VersionIdsToStages');
  });

  it('is idempotent by token and value only', async () => {
    const first = await create();
    expect((await create()).ARN).toBe(first.ARN);
    await expect(create({ SecretString: 'other' })).rejects.toMatchObject({ name: 'ResourceExistsException' });
    await expect(create({ ClientRequestToken: T2 })).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it.each([
    ['a space in the name', { Name: 'a b' }, 'ValidationException'],
    ['an exclamation mark, reserved to managed secrets', { Name: 'rds!db' }, 'ValidationException'],
    ['an empty name', { Name: '' }, 'ValidationException'],
    ['513 characters', { Name: 'n'.repeat(513) }, 'ValidationException'],
    ['an empty string', { SecretString: '' }, 'ValidationException'],
    ['65,537 bytes', { SecretString: 'x'.repeat(65_537) }, 'ValidationException'],
    ['65,538 bytes in 32,769 characters', { SecretString: 'é'.repeat(32_769) }, 'ValidationException'],
    ['65,537 bytes of binary', { SecretString: undefined, SecretBinary: Buffer.alloc(65_537) }, 'ValidationException'],
    ['both kinds of value', { SecretBinary: Buffer.from('x') }, 'InvalidParameterException'],
    ['a token of 31 characters', { ClientRequestToken: 'a'.repeat(31) }, 'InvalidParameterException'],
    ['a token of 65 characters', { ClientRequestToken: 'a'.repeat(65) }, 'InvalidParameterException'],
    ['51 tags', { Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' })) }, 'InvalidParameterException'],
    ['a tag key of aws:', { Tags: [{ Key: 'aws:x', Value: '' }] }, 'InvalidParameterException'],
    ['a tag key of 129 characters', { Tags: [{ Key: 'k'.repeat(129), Value: '' }] }, 'ValidationException'],
    ['a description of 2,049 characters', { Description: 'd'.repeat(2049) }, 'ValidationException'],
  ])('refuses %s', async (_, input, code) => {
    await expect(create(input)).rejects.toMatchObject({ name: code, $metadata: { httpStatusCode: 400 } });
  });

  it.each([
    ['65,536 bytes', { SecretString: 'x'.repeat(65_536) }],
    ['65,536 bytes of binary', { SecretString: undefined, SecretBinary: Buffer.alloc(65_536, 7) }],
    ['a name of 512 characters', { Name: 'n'.repeat(512) }],
    ['50 tags', { Tags: Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: 'v'.repeat(256) })) }],
    ['a name with a hyphen and six characters at its end', { Name: 'app-secret' }],
  ])('accepts %s', async (_, input) => {
    expect((await create(input)).VersionId).toBe(T1);
  });
});

describe('GetSecretValue', () => {
  it('returns binary values byte for byte, with the date of the version in milliseconds', async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    const before = Date.now();
    await create({ SecretString: undefined, SecretBinary: bytes });
    const read = await get();
    expect(Buffer.from(read.SecretBinary!)).toEqual(bytes);
    expect(read.SecretString).toBeUndefined();
    expect(read.CreatedDate!.getTime()).toBeGreaterThanOrEqual(before);
    expect(read.CreatedDate!.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('selects by stage, by version, by both when they agree', async () => {
    await create();
    await put();
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one');
    expect((await get({ VersionId: T1 })).SecretString).toBe('one');
    expect((await get({ VersionId: T2, VersionStage: 'AWSCURRENT' })).SecretString).toBe('two');
    await expect(get({ VersionId: T1, VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(get({ VersionStage: 'NONE' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(get({ VersionId: 'c'.repeat(32) })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('finds by name, ARN and partial ARN, and reads an ARN that ends in six characters as complete', async () => {
    const { ARN: arn } = await create();
    const partial = arn!.slice(0, -7);
    for (const id of [name, arn!, partial]) expect(await readString(client, id)).toBe('one');
    await expect(readString(client, `${partial}-AAAAAA`)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const { ARN: ambiguous } = await client.send(new CreateSecretCommand({ Name: 'my-secret', SecretString: 'x' }));
    await expect(readString(client, ambiguous!.slice(0, -7))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(readString(client, 'no such name!?')).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('keeps accounts and regions apart', async () => {
    await create();
    const elsewhere = secretsManagerClient(aws.endpoint, { region: 'us-east-1' });
    await expect(readString(elsewhere, name)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 400 },
    });
    const other = secretsManagerClient(aws.endpoint, { credentials: aws.addAccessKey({ account: '444455556666' }) });
    await expect(readString(other, name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    elsewhere.destroy();
    other.destroy();
  });
});

describe('PutSecretValue', () => {
  it('moves AWSCURRENT and leaves AWSPREVIOUS behind', async () => {
    await create();
    expect((await put()).VersionStages).toEqual(['AWSCURRENT']);
    expect(aws.secrets().describe(name).labels).toEqual({ AWSCURRENT: T2, AWSPREVIOUS: T1 });
  });

  it('leaves AWSCURRENT alone when it is given other labels', async () => {
    await create();
    await put({ VersionStages: ['AWSPENDING', 'green'] });
    expect(aws.secrets().describe(name).labels).toEqual({ AWSCURRENT: T1, AWSPENDING: T2, green: T2 });
  });

  it('makes the first value current whatever labels it is given', async () => {
    await client.send(new CreateSecretCommand({ Name: name }));
    expect((await put({ VersionStages: ['AWSPENDING'] })).VersionStages?.sort()).toEqual(['AWSCURRENT', 'AWSPENDING']);
  });

  it('is idempotent by token and value only', async () => {
    await create();
    await put();
    expect((await put()).VersionId).toBe(T2);
    expect(aws.secrets().describe(name).labels).toEqual({ AWSCURRENT: T2, AWSPREVIOUS: T1 });
    await expect(put({ SecretString: 'three' })).rejects.toMatchObject({ name: 'ResourceExistsException' });
    await expect(put({ SecretString: undefined, SecretBinary: Buffer.from('two') })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
    expect(await readString(client, name)).toBe('two');
  });

  it.each([
    ['no value', { SecretString: undefined }, 'InvalidParameterException'],
    ['21 labels', { VersionStages: Array.from({ length: 21 }, (_, i) => `l${i}`) }, 'ValidationException'],
    ['a label of 257 characters', { VersionStages: ['l'.repeat(257)] }, 'ValidationException'],
    ['an unknown secret', { SecretId: 'unknown' }, 'ResourceNotFoundException'],
  ])('refuses %s', async (_, input, code) => {
    await create();
    await expect(put(input)).rejects.toMatchObject({ name: code });
    expect(aws.secrets().describe(name).versionIds).toEqual([T1]);
  });

  it('keeps the hundred newest versions and whatever is younger than a day or labelled', async () => {
    const secrets = aws.secrets('999900001111');
    const first = secrets.create(name, 'v').versionId;
    secrets.moveStage(name, 'pinned', { to: first });
    for (let i = 0; i < 120; i++) secrets.put(name, `v${i}`);
    expect(secrets.describe(name).versionIds).toHaveLength(121);
    aws.clock.advance(86_400_001);
    secrets.put(name, 'last');
    const kept = secrets.describe(name).versionIds;
    expect(kept).toHaveLength(100);
    expect(kept).toContain(first);
  });
});

describe('UpdateSecret', () => {
  it('writes metadata without a version, and a value with one', async () => {
    await create();
    const update = (input: object) => client.send(new UpdateSecretCommand({ SecretId: name, ...input }));
    expect((await update({ Description: 'orders', ClientRequestToken: T2 })).VersionId).toBeUndefined();
    expect(aws.secrets().describe(name)).toMatchObject({ description: 'orders', versionIds: [T1] });
    expect((await update({ SecretString: 'two', ClientRequestToken: T2 })).VersionId).toBe(T2);
    await expect(update({ SecretString: 'two', ClientRequestToken: T2 })).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect(await readString(client, name)).toBe('two');
  });
});

describe('BatchGetSecretValue', () => {
  it('returns what it can and says why for the rest', async () => {
    await create();
    aws.secrets().create(`${name}/gone`, 'x');
    aws.secrets().delete(`${name}/gone`);
    aws.secrets().create(`${name}/empty`);
    const answer = await readBatch(client, [name, `${name}/gone`, `${name}/empty`, 'nowhere', 'not a name']);
    expect(answer.SecretValues).toMatchObject([{ Name: name, SecretString: 'one', VersionId: T1, VersionStages: ['AWSCURRENT'] }]);
    expect(answer.Errors?.map((error) => [error.SecretId, error.ErrorCode])).toEqual([
      [`${name}/gone`, 'InvalidRequestException'],
      [`${name}/empty`, 'ResourceNotFoundException'],
      ['nowhere', 'ResourceNotFoundException'],
      ['not a name', 'ValidationException'],
    ]);
    expect(answer.$metadata.httpStatusCode).toBe(200);
  });

  it('follows AWSCURRENT after a label has moved', async () => {
    await create();
    await put();
    aws.secrets().moveStage(name, 'AWSCURRENT', { to: T1, from: T2 });
    expect((await readBatch(client, [name])).SecretValues).toMatchObject([{ SecretString: 'one', VersionId: T1 }]);
  });

  it.each<[string, BatchGetSecretValueCommandInput]>([
    ['neither ids nor filters', {}],
    ['both', { SecretIdList: ['a'], Filters: [{ Key: 'name', Values: ['a'] }] }],
    ['21 ids', { SecretIdList: Array.from({ length: 21 }, (_, i) => `s${i}`) }],
    ['an empty list', { SecretIdList: [] }],
    ['a duplicate', { SecretIdList: ['a', 'b', 'a'] }],
    ['MaxResults with ids', { SecretIdList: ['a'], MaxResults: 5 }],
  ])('refuses %s', async (_, input) => {
    await expect(client.send(new BatchGetSecretValueCommand(input))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('pages through what filters match and skips secrets marked for deletion', async () => {
    for (let i = 0; i < 5; i++) aws.secrets().create(`${name}/f${i}`, `v${i}`);
    aws.secrets().delete(`${name}/f2`);
    const Filters = [{ Key: 'name' as const, Values: [`${name}/f`] }];
    const first = await client.send(new BatchGetSecretValueCommand({ Filters, MaxResults: 3 }));
    const second = await client.send(new BatchGetSecretValueCommand({ Filters, MaxResults: 3, NextToken: first.NextToken }));
    expect([...first.SecretValues!, ...second.SecretValues!].map((value) => value.SecretString)).toEqual(['v0', 'v1', 'v3', 'v4']);
    expect(second.NextToken).toBeUndefined();
  });
});
