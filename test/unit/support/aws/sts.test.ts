import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  type AssumeRoleCommandInput,
  type Credentials,
  type STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { readString, secretsManagerClient, stsClient } from '../../../support/aws/sdk-clients.ts';

const [HOME, OTHER] = ['111122223333', '444455556666'] as const;
const ISSUER = 'https://issuer.example';
let aws: AwsEmulator;
let sts: STSClient;
let user: { accessKeyId: string; secretAccessKey: string };

beforeAll(async () => {
  aws = await startAwsEmulator({ verifySignatures: true });
  user = aws.addAccessKey({ account: HOME, user: 'operator' });
  sts = stsClient(aws.endpoint, { credentials: user });
});
afterAll(async () => {
  sts.destroy();
  await aws[Symbol.asyncDispose]();
});

const keys = ({ AccessKeyId, SecretAccessKey, SessionToken }: Credentials) => ({
  accessKeyId: AccessKeyId!,
  secretAccessKey: SecretAccessKey!,
  sessionToken: SessionToken!,
});

async function assume(RoleArn: string, input: Partial<AssumeRoleCommandInput> = {}, client = sts) {
  const { Credentials } = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session', ...input }));
  return { ...keys(Credentials!), expiration: Credentials!.Expiration! };
}

describe('AssumeRole', () => {
  it('gives a session of the role in the account of the role', async () => {
    const arn = aws.addRole({ account: OTHER, name: 'team/reader', trust: { principals: [`arn:aws:iam::${HOME}:root`] } });
    aws.secrets(OTHER, 'eu-central-1').create('theirs', 'value');
    const credentials = await assume(arn);
    const session = stsClient(aws.endpoint, { credentials });
    expect(await session.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: OTHER,
      Arn: `arn:aws:sts::${OTHER}:assumed-role/reader/session`,
      UserId: expect.stringMatching(/^AROA[0-9A-Z]+:session$/),
    });
    const secrets = secretsManagerClient(aws.endpoint, { credentials });
    expect(await readString(secrets, 'theirs')).toBe('value');
    expect(aws.calls.entries.at(-1)).toMatchObject({
      service: 'secretsmanager',
      account: OTHER,
      role: arn,
      sessionName: 'session',
      accessKeyId: credentials.accessKeyId,
      status: 200,
    });
    session.destroy();
    secrets.destroy();
  });

  it.each([
    ['nobody', { principals: [] }, {}],
    ['another user', { principals: [`arn:aws:iam::${HOME}:user/somebody`] }, {}],
    ['another external id', { principals: ['*'], externalId: 'right' }, { ExternalId: 'wrong' }],
    ['an external id that is not given', { principals: ['*'], externalId: 'right' }, {}],
    ['sessions without tags', { principals: ['*'] }, { Tags: [{ Key: 'team', Value: 'a' }] }],
  ])('is denied by a role that trusts %s', async (_, trust, input) => {
    const arn = aws.addRole({ account: HOME, name: 'strict', trust });
    await expect(assume(arn, input)).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  });

  it('is denied for a role that does not exist', async () => {
    await expect(assume(`arn:aws:iam::${HOME}:role/missing`)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it.each([
    ['899 seconds', { DurationSeconds: 899 }, 'ValidationError'],
    ['more than the role allows', { DurationSeconds: 3601 }, 'ValidationError'],
    ['a session name of one character', { RoleSessionName: 'x' }, 'ValidationError'],
    ['a session name with a space', { RoleSessionName: 'a b' }, 'ValidationError'],
    ['a policy that is none', { Policy: '{"Statement":' }, 'MalformedPolicyDocumentException'],
    ['a transitive key without its tag', { TransitiveTagKeys: ['team'] }, 'InvalidParameterValue'],
    [
      'tag keys that differ in case only',
      {
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'A', Value: '' },
        ],
      },
      'InvalidParameterValue',
    ],
  ])('refuses %s', async (_, input, code) => {
    const arn = aws.addRole({ account: HOME, name: 'open', trust: { principals: ['*'], tagSession: true } });
    await expect(assume(arn, input)).rejects.toMatchObject({ name: code });
  });

  it('caps chained sessions at an hour and hands transitive tags on', async () => {
    const trust = { principals: ['*'], tagSession: true };
    const first = aws.addRole({ account: HOME, name: 'first', trust, maxSessionDurationSeconds: 43_200 });
    const second = aws.addRole({ account: OTHER, name: 'second', trust, maxSessionDurationSeconds: 43_200 });
    const untagged = aws.addRole({ account: OTHER, name: 'untagged', trust: { principals: ['*'] } });
    const Tags = [
      { Key: 'team', Value: 'shop' },
      { Key: 'own', Value: 'x' },
    ];
    const session = await assume(first, { DurationSeconds: 43_200, Tags, TransitiveTagKeys: ['team'] });
    const chained = stsClient(aws.endpoint, { credentials: session });
    await expect(assume(second, { DurationSeconds: 3601 }, chained)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('role chaining'),
    });
    await expect(assume(second, { Tags: [{ Key: 'team', Value: 'other' }] }, chained)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(assume(untagged, {}, chained)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('TagSession'),
    });
    expect((await assume(second, {}, chained)).expiration.getTime()).toBeLessThanOrEqual(aws.clock.now() + 3_600_000);
    chained.destroy();
  });

  it('enforces expiry on both services', async () => {
    const arn = aws.addRole({ account: HOME, name: 'short', trust: { principals: ['*'] } });
    const credentials = await assume(arn, { DurationSeconds: 900 });
    const secrets = secretsManagerClient(aws.endpoint, { credentials });
    const session = stsClient(aws.endpoint, { credentials });
    await expect(readString(secrets, 'absent')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    aws.clock.advance(900_000);
    await expect(readString(secrets, 'absent')).rejects.toMatchObject({
      name: 'ExpiredTokenException',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(session.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
    secrets.destroy();
    session.destroy();
  });
});

const jwk = (key: KeyObject, kid: string): JsonWebKey => ({ ...key.export({ format: 'jwk' }), kid });

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('AssumeRoleWithWebIdentity', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = 'system:serviceaccount:team-a:reader';
  let RoleArn: string;

  function token(claims: object = {}, key: KeyObject = rsa.privateKey, kid = 'rsa'): string {
    const alg = key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
    const body = { iss: ISSUER, sub: subject, aud: ['sts.amazonaws.com'], exp: Math.floor(aws.clock.now() / 1000) + 600, ...claims };
    const signed = `${encode({ alg, kid })}.${encode(body)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }
  const assumeWith = (WebIdentityToken: string) =>
    sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'team-a.store', WebIdentityToken }));

  beforeAll(() => {
    aws.addOidcProvider({ issuer: ISSUER, keys: [jwk(rsa.publicKey, 'rsa'), jwk(ec.publicKey, 'ec')] });
    RoleArn = aws.addRole({
      account: OTHER,
      name: 'irsa',
      trust: { webIdentity: { issuer: ISSUER, subjects: ['system:serviceaccount:team-a:*'], audiences: ['sts.amazonaws.com'] } },
    });
  });

  it.each([
    ['RSA', () => token()],
    ['elliptic curve', () => token({ aud: 'sts.amazonaws.com' }, ec.privateKey, 'ec')],
  ])('accepts a token signed with an %s key of the provider', async (_, make) => {
    const answer = await assumeWith(make());
    expect(answer).toMatchObject({ SubjectFromWebIdentityToken: subject, Audience: 'sts.amazonaws.com' });
    expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${OTHER}:assumed-role/irsa/team-a.store`);
    const session = stsClient(aws.endpoint, { credentials: keys(answer.Credentials!) });
    expect((await session.send(new GetCallerIdentityCommand({}))).Account).toBe(OTHER);
    session.destroy();
  });

  it.each([
    ['another key', () => token({}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), 'InvalidIdentityTokenException'],
    [
      'a changed claim',
      () => token().replace(/\.[^.]+\./, `.${encode({ iss: ISSUER, sub: subject, aud: 'sts.amazonaws.com', exp: 9e9 })}.`),
      'InvalidIdentityTokenException',
    ],
    ['an unknown issuer', () => token({ iss: 'https://other.example' }), 'InvalidIdentityTokenException'],
    ['another audience', () => token({ aud: ['kubernetes'] }), 'InvalidIdentityTokenException'],
    ['another subject', () => token({ sub: 'system:serviceaccount:team-b:reader' }), 'AccessDenied'],
    ['an expired token', () => token({ exp: Math.floor(aws.clock.now() / 1000) - 1 }), 'ExpiredTokenException'],
    ['no JWT', () => 'abcd', 'InvalidIdentityTokenException'],
  ])('refuses %s', async (_, make, code) => {
    await expect(assumeWith(make())).rejects.toMatchObject({ name: code });
  });

  it('can be told to leave signatures unchecked, claims are still checked', async () => {
    aws.switches.verifyWebIdentity = false;
    try {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      expect((await assumeWith(token({}, privateKey))).Credentials).toBeDefined();
      await expect(assumeWith(token({ sub: 'somebody' }, privateKey))).rejects.toMatchObject({ name: 'AccessDenied' });
    } finally {
      aws.switches.verifyWebIdentity = true;
    }
  });
});
