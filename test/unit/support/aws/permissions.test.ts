import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { readBatch, readString, secretsManagerClient, stsClient } from '../../../support/aws/sdk-clients.ts';

const [HOME, OTHER] = ['111122223333', '444455556666'] as const;
const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }],
});
const deny = (Action: string, Resource: string) => ({ Statement: [{ Effect: 'Deny', Action, Resource }] });

function clientFor(aws: AwsEmulator, policies: object[], tags: Record<string, string> = {}, account: string = HOME) {
  return secretsManagerClient(aws.endpoint, { credentials: aws.addAccessKey({ account, user: 'u', policies, tags }) });
}
const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } };

describe('signatures', () => {
  it('must be of a known key, right, and at most five minutes old', async () => {
    await using aws = await startAwsEmulator({ verifySignatures: true });
    aws.secrets().create('s', 'v');
    const key = aws.addAccessKey({ account: HOME });
    const read = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
      readString(secretsManagerClient(aws.endpoint, { credentials }), 's');
    expect(await read(key)).toBe('v');
    await expect(read({ ...key, secretAccessKey: 'wrong' })).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    await expect(read({ ...key, accessKeyId: 'AKIAUNKNOWN' })).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(read({ ...key, sessionToken: 'made-up' })).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    const wrong = stsClient(aws.endpoint, { credentials: { ...key, secretAccessKey: 'wrong' } });
    await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    const unsigned = await fetch(aws.endpoint, { method: 'POST', headers: { 'x-amz-target': 'secretsmanager.ListSecrets' }, body: '{}' });
    expect([unsigned.status, await unsigned.json()]).toEqual([
      400,
      expect.objectContaining({ __type: 'MissingAuthenticationTokenException' }),
    ]);
    aws.removeAccessKey(key.accessKeyId);
    await expect(read(key)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('fail when the clock is off by more than five minutes, until the SDK has corrected it', async () => {
    await using aws = await startAwsEmulator({ verifySignatures: true });
    aws.secrets().create('s', 'v');
    const credentials = aws.addAccessKey({ account: HOME });
    aws.clock.setSkew(-299_000);
    expect(await readString(secretsManagerClient(aws.endpoint, { credentials }), 's')).toBe('v');
    aws.clock.setSkew(360_000);
    const once = secretsManagerClient(aws.endpoint, { credentials });
    await expect(readString(once, 's')).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    await expect(stsClient(aws.endpoint, { credentials }).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'RequestExpired',
    });
    expect(await readString(secretsManagerClient(aws.endpoint, { credentials, maxAttempts: 2 }), 's')).toBe('v');
  });
});

describe('identity policies', () => {
  it('allow by action and resource; Deny wins; batch entries fail one by one', async () => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    for (const name of ['team-a/one', 'team-a/two', 'team-b/one']) aws.secrets().create(name, name);
    const arns = `arn:aws:secretsmanager:eu-central-1:${HOME}:secret:team-a/*`;
    const client = clientFor(aws, [
      allow('secretsmanager:Get*', arns),
      allow('secretsmanager:BatchGetSecretValue'),
      deny('*', '*:secret:team-a/two-??????'),
    ]);
    expect(await readString(client, 'team-a/one')).toBe('team-a/one');
    for (const id of ['team-a/two', 'team-b/one', 'team-b/unknown']) await expect(readString(client, id)).rejects.toMatchObject(denied);
    await expect(readString(client, 'team-a/unknown')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(client.send(new PutSecretValueCommand({ SecretId: 'team-a/one', SecretString: 'x' }))).rejects.toMatchObject(denied);
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject(denied);
    const batch = await readBatch(client, ['team-a/one', 'team-a/two', 'team-b/one']);
    expect(batch.SecretValues?.map((value) => value.Name)).toEqual(['team-a/one']);
    expect(batch.Errors?.map((error) => error.ErrorCode)).toEqual(['AccessDeniedException', 'AccessDeniedException']);
    await expect(readBatch(clientFor(aws, [allow('secretsmanager:GetSecretValue')]), ['team-a/one'])).rejects.toMatchObject(denied);
    await expect(readString(clientFor(aws, []), 'team-a/one')).rejects.toMatchObject(denied);
  });

  it.each<[string, object, Record<string, string>, boolean]>([
    ['secretsmanager:ResourceTag', { StringEquals: { 'secretsmanager:ResourceTag/team': 'a' } }, {}, true],
    ['another tag value', { StringEquals: { 'aws:ResourceTag/team': ['b', 'c'] } }, {}, false],
    ['a tag that is not there', { StringEquals: { 'aws:ResourceTag/none': 'a' } }, {}, false],
    ['a tag that may be missing', { StringEqualsIfExists: { 'aws:ResourceTag/none': 'a' } }, {}, true],
    ['a pattern', { StringLike: { 'aws:ResourceTag/team': '?*' } }, {}, true],
    ['a negated operator', { StringNotEquals: { 'aws:ResourceTag/team': 'a' } }, {}, false],
    ['absence', { Null: { 'aws:ResourceTag/team': 'true' } }, {}, false],
    ['the tag of the principal', { StringEquals: { 'aws:PrincipalTag/role': 'reader' } }, { role: 'reader' }, true],
    ['equal tags of principal and secret', { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }, { team: 'a' }, true],
    ['unequal tags', { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }, { team: 'b' }, false],
    ['a principal without the tag', { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }, {}, false],
  ])('judge conditions: %s', async (_, condition, tags, allowed) => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    aws.secrets().create('s', 'v', { tags: { team: 'a' } });
    const read = readString(clientFor(aws, [allow('secretsmanager:GetSecretValue', '*', condition)], tags), 's');
    if (allowed) expect(await read).toBe('v');
    else await expect(read).rejects.toMatchObject(denied);
  });

  it('refuse to be registered with an operator that would be ignored', async () => {
    await using aws = await startAwsEmulator();
    const policy = allow('*', '*', { NumericLessThan: { 'aws:x': '1' } });
    expect(() => aws.addAccessKey({ account: HOME, user: 'u', policies: [policy] })).toThrow(/NumericLessThan|Condition/);
  });

  it('protect a caller from locking itself out by tags, and judge tags of requests', async () => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    aws.secrets().create('s', 'v', { tags: { team: 'a' } });
    const own = allow(['secretsmanager:TagResource', 'secretsmanager:UntagResource'], '*', {
      StringEquals: { 'aws:ResourceTag/team': 'a' },
    });
    const client = clientFor(aws, [own, allow('secretsmanager:CreateSecret', '*', { StringEquals: { 'aws:RequestTag/team': 'a' } })]);
    await expect(client.send(new UntagResourceCommand({ SecretId: 's', TagKeys: ['team'] }))).rejects.toMatchObject(denied);
    await expect(client.send(new TagResourceCommand({ SecretId: 's', Tags: [{ Key: 'team', Value: 'b' }] }))).rejects.toMatchObject(denied);
    await client.send(new TagResourceCommand({ SecretId: 's', Tags: [{ Key: 'x', Value: 'y' }] }));
    expect(aws.secrets().describe('s').tags).toEqual({ team: 'a', x: 'y' });
    await expect(client.send(new CreateSecretCommand({ Name: 'new', SecretString: 'x' }))).rejects.toMatchObject(denied);
    await client.send(new CreateSecretCommand({ Name: 'new', SecretString: 'x', Tags: [{ Key: 'team', Value: 'a' }] }));
  });

  it('reach a session through the tags of its session, its role and its own narrower policy', async () => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    for (const team of ['a', 'b']) aws.secrets().create(team, team, { tags: { team } });
    const credentials = aws.addAccessKey({ account: HOME, user: 'operator' });
    const arn = aws.addRole({
      account: HOME,
      name: 'shared',
      trust: { principals: [`arn:aws:iam::${HOME}:user/operator`], tagSession: true },
      policies: [allow('secretsmanager:*', '*', { StringEquals: { 'secretsmanager:ResourceTag/team': '${aws:PrincipalTag/team}' } })],
    });
    const session = async (Policy?: string) => {
      const sts = stsClient(aws.endpoint, { credentials });
      const input = {
        RoleArn: arn,
        RoleSessionName: 'team-a',
        Tags: [{ Key: 'team', Value: 'a' }],
        ...(Policy !== undefined && { Policy }),
      };
      const { AccessKeyId, SecretAccessKey, SessionToken } = (await sts.send(new AssumeRoleCommand(input))).Credentials!;
      return secretsManagerClient(aws.endpoint, {
        credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! },
      });
    };
    const client = await session();
    expect(await readString(client, 'a')).toBe('a');
    await expect(readString(client, 'b')).rejects.toMatchObject(denied);
    const narrow = await session(JSON.stringify(allow('secretsmanager:DescribeSecret')));
    await expect(readString(narrow, 'a')).rejects.toMatchObject(denied);
    aws.addRole({ account: HOME, name: 'shared', trust: { principals: [] }, policies: [] });
    await expect(readString(client, 'a')).rejects.toMatchObject(denied);
  });
});

describe('another account', () => {
  it('needs the full ARN, both policies and a key of its own', async () => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    const secrets = aws.secrets(OTHER);
    const { arn } = secrets.create('shared', 'v', { kmsKeyId: 'alias/own' });
    const client = clientFor(aws, [allow('secretsmanager:GetSecretValue')]);
    await expect(readString(client, arn)).rejects.toMatchObject(denied);
    secrets.setResourcePolicy('shared', {
      Statement: { Effect: 'Allow', Principal: { AWS: HOME }, Action: 'secretsmanager:GetSecretValue', Resource: '*' },
    });
    expect(await readString(client, arn)).toBe('v');
    await expect(readString(client, arn.slice(0, -7))).rejects.toMatchObject(denied);
    await expect(readString(clientFor(aws, []), arn)).rejects.toMatchObject(denied);
    const plain = secrets.create('plain', 'v', {
      resourcePolicy: { Statement: { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' } },
    });
    await expect(readString(client, plain.arn)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('a resource policy may deny its own account', async () => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    aws.secrets().create('s', 'v', {
      resourcePolicy: { Statement: { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:Get*', Resource: '*' } },
    });
    const client = clientFor(aws, [allow('*')]);
    await expect(client.send(new GetSecretValueCommand({ SecretId: 's' }))).rejects.toMatchObject(denied);
    aws.secrets().setResourcePolicy('s', undefined);
    expect(await readString(client, 's')).toBe('v');
  });
});

describe('KMS keys', () => {
  it.each([
    ['disabled', 'DecryptionFailure', 'EncryptionFailure'],
    ['denied', 'AccessDeniedException', 'AccessDeniedException'],
  ] as const)('%s: reads and writes fail, other secrets do not', async (state, onRead, onWrite) => {
    await using aws = await startAwsEmulator();
    const client = secretsManagerClient(aws.endpoint);
    aws.secrets().create('own', 'v', { kmsKeyId: 'alias/own' });
    aws.secrets().create('default', 'v');
    aws.kms.setState('alias/own', state);
    await expect(readString(client, 'own')).rejects.toMatchObject({ name: onRead });
    await expect(client.send(new PutSecretValueCommand({ SecretId: 'own', SecretString: 'x' }))).rejects.toMatchObject({ name: onWrite });
    const batch = await readBatch(client, ['own', 'default']);
    expect([batch.Errors?.[0]?.ErrorCode, batch.SecretValues?.[0]?.Name]).toEqual([onRead, 'default']);
    aws.kms.setState('alias/own', 'enabled');
    expect(await readString(client, 'own')).toBe('v');
  });
});
