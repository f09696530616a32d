import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { ParameterStoreChange } from '../../../support/aws/events.ts';
import { ssmClient } from '../../../support/aws/sdk-clients.ts';

const put = (client: SSMClient, Name: string, input: object = {}) =>
  client.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String', ...input }));
const get = async (client: SSMClient, Name: string, input: object = {}) =>
  (await client.send(new GetParameterCommand({ Name, ...input }))).Parameter;
const getAll = (client: SSMClient, ...Names: string[]) => client.send(new GetParametersCommand({ Names, WithDecryption: true }));
const label = (client: SSMClient, Name: string, ...Labels: string[]) => client.send(new LabelParameterVersionCommand({ Name, Labels }));
const error = (name: string) => ({ name, $metadata: { httpStatusCode: 400 } });

describe('parameters', () => {
  it('count their versions, which numbers and labels select', async () => {
    await using aws = await startAwsEmulator();
    const client = ssmClient(aws.endpoint);
    expect(await put(client, '/app/db', { Value: 'one' })).toMatchObject({ Version: 1, Tier: 'Standard' });
    await expect(put(client, '/app/db')).rejects.toMatchObject(error('ParameterAlreadyExists'));
    await label(client, '/app/db', 'live');
    expect(await put(client, '/app/db', { Value: 'two', Overwrite: true })).toMatchObject({ Version: 2 });
    const arn = 'arn:aws:ssm:eu-central-1:111122223333:parameter/app/db';
    expect(await get(client, '/app/db')).toMatchObject({ Name: '/app/db', ARN: arn, Value: 'two', Version: 2, DataType: 'text' });
    expect(await get(client, `${arn}:1`)).toMatchObject({ Value: 'one', Selector: ':1' });
    expect(await get(client, '/app/db:live')).toMatchObject({ Value: 'one', Version: 1, Selector: ':live' });
    await label(client, '/app/db', 'live', '1st', 'AWSx', 'a b').then(({ InvalidLabels }) =>
      expect(InvalidLabels).toEqual(['1st', 'AWSx', 'a b']),
    );
    expect(await get(client, '/app/db:live')).toMatchObject({ Version: 2 });
    for (const selector of ['3', 'none']) {
      await expect(get(client, `/app/db:${selector}`)).rejects.toMatchObject(error('ParameterVersionNotFound'));
    }
    const { Parameters } = await client.send(new GetParameterHistoryCommand({ Name: '/app/db' }));
    expect(Parameters?.map(({ Version, Value, Labels }) => [Version, Value, Labels])).toEqual([
      [1, 'one', []],
      [2, 'two', ['live']],
    ]);
    await client.send(new DeleteParameterCommand({ Name: '/app/db' }));
    await expect(get(client, '/app/db')).rejects.toMatchObject(error('ParameterNotFound'));
    expect(await put(client, '/app/db')).toMatchObject({ Version: 1 });
  });

  it('are answered ten at a time; what does not exist is listed, what is denied or locked takes all along', async () => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    const policies = [
      { Statement: { Effect: 'Allow', Action: 'ssm:GetParameters', Resource: 'arn:aws:ssm:eu-central-1:111122223333:parameter/app/*' } },
    ];
    const client = ssmClient(aws.endpoint, { credentials: aws.addAccessKey({ account: aws.defaultAccount, user: 'reader', policies }) });
    const parameters = aws.parameters();
    for (const name of ['/app/b', '/app/a', '/other']) parameters.put(name, name);
    parameters.put('/app/s', 'secret', { type: 'SecureString', keyId: 'alias/app' });
    const { Parameters, InvalidParameters } = await getAll(client, '/app/s', '/app/b', '/app/b2:9', '/app/a:1', '/app/none');
    expect(Parameters?.map(({ Name, Selector, Value }) => [Name, Selector, Value])).toEqual([
      ['/app/a', ':1', '/app/a'],
      ['/app/b', undefined, '/app/b'],
      ['/app/s', undefined, 'secret'],
    ]);
    expect(InvalidParameters).toEqual(['/app/b2:9', '/app/none']);
    await expect(getAll(client, '/app/a', '/other')).rejects.toMatchObject(error('AccessDeniedException'));
    await expect(getAll(client, '/app/a', '/elsewhere')).rejects.toMatchObject(error('AccessDeniedException'));
    await expect(get(client, '/app/a')).rejects.toMatchObject(error('AccessDeniedException'));
    await expect(getAll(client, 'arn:aws:ssm:eu-central-1:444455556666:parameter/app/a')).rejects.toMatchObject(
      error('AccessDeniedException'),
    );
    for (const names of [['/app/a', '/app/a'], ['/app/a', '/app/a:1'], ['/app/a b'], Array.from({ length: 11 }, (_, n) => `/app/${n}`)]) {
      await expect(getAll(client, ...names)).rejects.toMatchObject(error('ValidationException'));
    }
    aws.kms.setState('alias/app', 'disabled');
    await expect(getAll(client, '/app/a', '/app/s')).rejects.toMatchObject(error('InvalidKeyId'));
    aws.kms.setState('alias/app', 'denied');
    await expect(getAll(client, '/app/a', '/app/s')).rejects.toMatchObject(error('AccessDeniedException'));
    expect(aws.calls.count('GetParameters', '/app/s')).toBe(3);
    expect(aws.calls.count('GetParameters', '/app/b2')).toBe(1);
  });

  it('are found by path, ten a page', async () => {
    await using aws = await startAwsEmulator();
    const client = ssmClient(aws.endpoint);
    for (let index = 0; index < 12; index += 1) aws.parameters().put(`/app/p${10 + index}`, 'x');
    aws.parameters().put('/app/deep/er', 'x', { type: 'SecureString' });
    aws.parameters().put('/apple', 'x');
    aws.parameters().label('/app/p13', 1, 'live');
    const names = async (input: object) => {
      const { Parameters, NextToken } = await client.send(new GetParametersByPathCommand({ Path: '/app', ...input }));
      return { names: Parameters?.map(({ Name }) => Name), NextToken };
    };
    const first = await names({ Recursive: true });
    expect(first.names).toHaveLength(10);
    expect(await names({ Recursive: true, NextToken: first.NextToken })).toEqual({
      names: ['/app/p19', '/app/p20', '/app/p21'],
      NextToken: undefined,
    });
    expect((await names({ MaxResults: 2 })).names).toEqual(['/app/p10', '/app/p11']);
    expect((await names({ ParameterFilters: [{ Key: 'Label', Values: ['live'] }] })).names).toEqual(['/app/p13']);
    expect((await names({ Recursive: true, ParameterFilters: [{ Key: 'Type', Values: ['SecureString'] }] })).names).toEqual([
      '/app/deep/er',
    ]);
    await expect(names({ Path: 'app' })).rejects.toMatchObject(error('ValidationException'));
  });

  it('have bounds: names, sizes, labels, versions, types', async () => {
    await using aws = await startAwsEmulator();
    const client = ssmClient(aws.endpoint);
    for (const name of ['a/b', '/a//b', '/a/', 'ssm-x', 'AWSx', '/a b', 'ä', `/${'x'.repeat(1_000)}`]) {
      await expect(put(client, name)).rejects.toMatchObject(error('ValidationException'));
    }
    await expect(put(client, '/aws/x')).rejects.toMatchObject(error('AccessDeniedException'));
    await expect(put(client, '/a'.repeat(16))).rejects.toMatchObject(error('HierarchyLevelLimitExceededException'));
    await put(client, '/a'.repeat(15));
    await expect(put(client, 's', { Value: 'x'.repeat(4_097) })).rejects.toMatchObject(error('ValidationException'));
    expect(await put(client, 's', { Value: 'x'.repeat(4_097), Tier: 'Intelligent-Tiering' })).toMatchObject({ Tier: 'Advanced' });
    await expect(put(client, 's', { Overwrite: true, Tier: 'Standard' })).rejects.toMatchObject(error('ValidationException'));
    await expect(put(client, 's', { Overwrite: true, Value: 'x'.repeat(8_193) })).rejects.toMatchObject(error('ValidationException'));
    await expect(put(client, 's', { Overwrite: true, Type: 'SecureString' })).rejects.toMatchObject(
      error('HierarchyTypeMismatchException'),
    );
    await expect(put(client, 'p', { AllowedPattern: '^[0-9]+$' })).rejects.toMatchObject(error('ParameterPatternMismatchException'));
    await expect(put(client, 't', { Type: undefined })).rejects.toMatchObject(error('ValidationException'));
    // One level: the slash makes no difference.
    expect((await get(client, '/s'))?.Version).toBe(1);
    const ten = Array.from({ length: 10 }, (_, index) => `l${index}`);
    await label(client, 's', ...ten);
    await expect(label(client, 's', 'l10')).rejects.toMatchObject(error('ParameterVersionLabelLimitExceeded'));
    for (let version = 2; version <= 100; version += 1) aws.parameters().put('s', 'x');
    await expect(put(client, 's', { Overwrite: true })).rejects.toMatchObject(error('ParameterMaxVersionLimitExceeded'));
    await label(client, 's', ...ten);
    expect(await put(client, 's', { Overwrite: true })).toMatchObject({ Version: 101 });
    await expect(get(client, 's:1')).rejects.toMatchObject(error('ParameterVersionNotFound'));
  });

  it('are encrypted where they are secret', async () => {
    await using aws = await startAwsEmulator();
    const client = ssmClient(aws.endpoint);
    await put(client, 's', { Type: 'SecureString', Value: 'plain' });
    expect((await get(client, 's'))?.Value).not.toContain('plain');
    expect((await get(client, 's', { WithDecryption: true }))?.Value).toBe('plain');
  });

  it('have tags, which are told by name only, change no version and send no event', async () => {
    await using aws = await startAwsEmulator({ enforceIam: true });
    const allowed = { Effect: 'Allow', Action: 'ssm:*Tags*', Resource: 'arn:aws:ssm:eu-central-1:111122223333:parameter/app/*' };
    const key = aws.addAccessKey({ account: aws.defaultAccount, user: 'tagger', policies: [{ Statement: allowed }] });
    const client = ssmClient(aws.endpoint, { credentials: key });
    const of = (ResourceId: string) => ({ ResourceType: 'Parameter', ResourceId }) as const;
    const list = async (name: string) => (await client.send(new ListTagsForResourceCommand(of(name)))).TagList;
    const tag = (name: string, Key: string, Value: string) =>
      client.send(new AddTagsToResourceCommand({ ...of(name), Tags: [{ Key, Value }] }));
    for (const name of ['/app/a', '/other']) aws.parameters().put(name, 'x');
    let events = 0;
    aws.events.on(() => (events += 1));
    expect(await list('/app/a')).toEqual([]);
    await tag('/app/a', 'team', 'shop');
    await tag('/app/a', 'team', 'billing');
    expect(await list('/app/a')).toEqual([{ Key: 'team', Value: 'billing' }]);
    await client.send(new RemoveTagsFromResourceCommand({ ...of('/app/a'), TagKeys: ['team'] }));
    expect(await list('/app/a')).toEqual([]);
    expect(aws.parameters().describe('/app/a').version).toBe(1);
    expect(events).toBe(0);
    for (const id of ['/app/none', '/app/a:1', aws.parameters().describe('/app/a').arn]) {
      await expect(list(id)).rejects.toMatchObject(error('InvalidResourceId'));
    }
    await expect(list('/other')).rejects.toMatchObject(error('AccessDeniedException'));
    await expect(tag('/app/a', 'aws:x', '')).rejects.toMatchObject(error('ValidationException'));
    await expect(client.send(new ListTagsForResourceCommand({ ...of('d'), ResourceType: 'Document' }))).rejects.toMatchObject(
      error('ValidationException'),
    );
    expect(aws.calls.count('ListTagsForResource', '/app/a')).toBe(4);
  });

  it('tell of each change, and take so many reads a second', async () => {
    await using aws = await startAwsEmulator();
    const seen: ParameterStoreChange[] = [];
    aws.events.on((event) => {
      if (event.source === 'aws.ssm') seen.push(event);
    });
    aws.parameters().put('/a', 'x');
    aws.parameters().put('/a', 'y');
    aws.parameters().label('/a', 1, 'live');
    expect(aws.parameters().describe('/a')).toMatchObject({ version: 2, labels: { live: 1 } });
    aws.parameters().delete('/a');
    expect(seen.map(({ detail }) => detail.operation)).toEqual(['Create', 'Update', 'LabelParameterVersion', 'Delete']);
    expect(seen[0]).toMatchObject({
      'detail-type': 'Parameter Store Change',
      resources: ['arn:aws:ssm:eu-central-1:111122223333:parameter/a'],
      detail: { name: '/a', type: 'String', operation: 'Create' },
    });
    aws.switches.parameterThroughput = 2;
    aws.parameters().put('/b', 'x');
    const client = ssmClient(aws.endpoint);
    await Promise.all([get(client, '/b'), getAll(client, '/b')]);
    await expect(get(client, '/b')).rejects.toMatchObject(error('ThrottlingException'));
    aws.clock.advance(1_000);
    expect((await get(client, '/b'))?.Value).toBe('x');
  });
});
