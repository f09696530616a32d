// Tags through the port, over HTTP: DescribeSecret of Secrets Manager, ListTagsForResource of Parameter Store.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { ACCOUNT, answersOf, never, permitted, readBatch, reasonOf, type SdkWorld, startSdkWorld, textOf } from '../sdk-world.ts';
import { saidOf } from '../../../support/said.ts';

const TAGS = { kind: 'tags' } as const;
const PARAMETERS = { service: 'ParameterStore' } as const;

let world: SdkWorld;

beforeEach(async () => {
  world = await startSdkWorld({ enforceIam: true });
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe('tags of a secret', () => {
  const describer = (): Identity => permitted(world, ['secretsmanager:DescribeSecret']);
  const read = (secretId: string, identity = describer()) => world.secrets.read(identity, secretId, TAGS, never());

  it('are read by name, ARN and partial ARN, without its value', async () => {
    const { arn } = world.aws.secrets().create('db', 'canary', { tags: { team: 'shop', owner: 'Ann' } });
    for (const id of ['db', arn, arn.slice(0, -7)]) {
      const tags = await read(id);
      expect(textOf(tags)).toBe('{"owner":"Ann","team":"shop"}');
      expect(tags).toMatchObject({ value: { arn, name: 'db', stages: [], versionId: expect.stringMatching(/^tags-/) } });
    }
    expect(world.aws.calls.byOperation).toEqual({ DescribeSecret: 3 });
    // Nothing is decrypted, and paid for as such.
    expect(world.calls.map(({ operation, secrets }) => [operation, secrets])).toEqual(
      Array.from({ length: 3 }, () => ['DescribeSecret', 0]),
    );
  });

  it('stay the same version when the value changes, and become another one when a tag does', async () => {
    const secrets = world.aws.secrets();
    secrets.create('db', 'one', { tags: { team: 'shop' } });
    const versions: unknown[] = [];
    const note = async () => versions.push((await read('db')).ok && (await read('db')));
    await note();
    secrets.put('db', 'two');
    await note();
    secrets.tag('db', { team: 'billing' });
    await note();
    expect(versions[1]).toEqual(versions[0]);
    expect(versions[2]).not.toEqual(versions[0]);
  });

  it('fail with what is wrong', async () => {
    const secrets = world.aws.secrets();
    secrets.create('leaving', 'x', { tags: { team: 'shop' } });
    secrets.delete('leaving');
    secrets.create('db', 'x');
    expect(await read('leaving')).toMatchObject({ failure: { reason: 'RemoteSecretMarkedForDeletion' } });
    expect(saidOf(await read('none'))).toEqual({
      reason: 'RemoteSecretNotFound',
      message: 'secret "none" (tags) was not found in eu-central-1',
    });
    const denied = await read('db', permitted(world, ['secretsmanager:GetSecretValue']));
    expect(saidOf(denied)).toEqual({
      reason: 'AccessDenied',
      message: expect.stringContaining('may not call secretsmanager:DescribeSecret for secret "db" (tags) in'),
    });
  });
});

describe('tags of a parameter', () => {
  const lister = (): Identity => ({ ...permitted(world, ['ssm:ListTagsForResource']), ...PARAMETERS });
  const read = (name: string, identity = lister()) => world.secrets.read(identity, name, TAGS, never());

  it('are read by name, with and without the slash of one level', async () => {
    const parameters = world.aws.parameters();
    for (const name of ['/app/db', 'plain']) {
      parameters.put(name, 'canary', { type: 'SecureString' });
      parameters.tag(name, { team: 'shop', owner: 'Ann' });
    }
    for (const name of ['/app/db', 'plain', '/plain']) expect(textOf(await read(name))).toBe('{"owner":"Ann","team":"shop"}');
    expect(world.aws.calls.byOperation).toEqual({ ListTagsForResource: 3 });
    expect(world.calls.map(({ secrets }) => secrets)).toEqual([0, 0, 0]);
  });

  it('are not told by ARN, and never those of another parameter with the name in it', async () => {
    world.aws.parameters().put('/app/db', 'x');
    world.aws.parameters().tag('/app/db', { team: 'shop' });
    for (const account of [ACCOUNT, '444455556666']) {
      const arn = `arn:aws:ssm:eu-central-1:${account}:parameter/app/db`;
      const message = `parameter "${arn}" (tags, which are told by name) was not found in eu-central-1`;
      expect(saidOf(await read(arn))).toEqual({ reason: 'RemoteSecretNotFound', message });
    }
  });

  it('fail with what is wrong', async () => {
    world.aws.parameters().put('/app/db', 'x');
    expect(saidOf(await read('/app/none'))).toEqual({
      reason: 'RemoteSecretNotFound',
      message: 'parameter "/app/none" (tags) was not found in eu-central-1',
    });
    const denied = await read('/app/db', { ...permitted(world, ['ssm:GetParameter']), ...PARAMETERS });
    expect(saidOf(denied)).toEqual({
      reason: 'AccessDenied',
      message: expect.stringContaining('may not call ssm:ListTagsForResource for parameter "/app/db" (tags) in'),
    });
  });

  it('are never read in a batch, even if one asks for them there', async () => {
    const parameters = world.aws.parameters();
    for (const name of ['/a', '/b']) parameters.put(name, `value of ${name}`);
    parameters.tag('/a', { team: 'shop' });
    const identity = { ...permitted(world, ['ssm:GetParameters', 'ssm:ListTagsForResource']), ...PARAMETERS };
    const answers = answersOf(await readBatch(world.secrets, identity, [{ secretId: '/a', version: TAGS }, '/b', '/c']));
    expect([textOf(answers.get('/a')), textOf(answers.get('/b')), reasonOf(answers.get('/c'))]).toEqual([
      '{"team":"shop"}',
      'value of /b',
      'RemoteSecretNotFound',
    ]);
    expect(world.aws.calls.byOperation).toEqual({ GetParameters: 1, ListTagsForResource: 1 });
  });
});
