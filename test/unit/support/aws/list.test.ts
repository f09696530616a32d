import { ListSecretsCommand, type ListSecretsCommandInput, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { readString, secretsManagerClient } from '../../../support/aws/sdk-clients.ts';

let aws: AwsEmulator;
let client: SecretsManagerClient;

beforeAll(async () => {
  aws = await startAwsEmulator();
  client = secretsManagerClient(aws.endpoint);
  const secrets = aws.secrets();
  secrets.create('prod/orders', 'x', { tags: { team: 'shop', Env: 'prod' }, description: 'Orders database' });
  aws.clock.advance(1000);
  secrets.create('prod/billing', 'x', { tags: { team: 'money' }, replicaRegions: ['us-east-1'] });
  aws.clock.advance(1000);
  secrets.create('dev/orders', 'x', { description: 'orders of developers' });
  aws.clock.advance(1000);
  secrets.create('rds!cluster', 'x', { owningService: 'rds' });
  aws.clock.advance(1000);
  secrets.create('gone', 'x');
  secrets.delete('gone');
});
afterAll(async () => {
  client.destroy();
  await aws[Symbol.asyncDispose]();
});

const list = async (input: ListSecretsCommandInput = {}) => {
  const { SecretList } = await client.send(new ListSecretsCommand(input));
  return SecretList!.map((secret) => secret.Name);
};

const page = (NextToken?: string) => client.send(new ListSecretsCommand({ MaxResults: 2, SortBy: 'name', NextToken }));

describe('ListSecrets', () => {
  it('shows versions, tags and dates, no values, and hides secrets marked for deletion', async () => {
    const { SecretList } = await client.send(new ListSecretsCommand({}));
    const { labels, arn } = aws.secrets().describe('prod/orders');
    expect(SecretList?.map((secret) => secret.Name)).toEqual(['prod/orders', 'prod/billing', 'dev/orders', 'rds!cluster']);
    expect(SecretList?.[0]).toMatchObject({
      ARN: arn,
      SecretVersionsToStages: { [labels['AWSCURRENT']!]: ['AWSCURRENT'] },
      Tags: [
        { Key: 'team', Value: 'shop' },
        { Key: 'Env', Value: 'prod' },
      ],
      LastChangedDate: expect.any(Date),
    });
    expect(SecretList?.[0]).not.toHaveProperty('SecretString');
    const planned = await client.send(
      new ListSecretsCommand({ IncludePlannedDeletion: true, Filters: [{ Key: 'name', Values: ['gone'] }] }),
    );
    expect(planned.SecretList?.[0]?.DeletedDate).toBeInstanceOf(Date);
  });

  it.each<[string, NonNullable<ListSecretsCommandInput['Filters']>, string[]]>([
    ['name prefix', [{ Key: 'name', Values: ['prod/'] }], ['prod/orders', 'prod/billing']],
    ['name, case-sensitive', [{ Key: 'name', Values: ['PROD/'] }], []],
    ['values OR-ed', [{ Key: 'name', Values: ['dev/', 'rds'] }], ['dev/orders', 'rds!cluster']],
    [
      'filters AND-ed',
      [
        { Key: 'name', Values: ['prod/'] },
        { Key: 'tag-value', Values: ['mon'] },
      ],
      ['prod/billing'],
    ],
    ['tag key', [{ Key: 'tag-key', Values: ['Env'] }], ['prod/orders']],
    ['description, any case', [{ Key: 'description', Values: ['ORDERS'] }], ['prod/orders', 'dev/orders']],
    ['negation', [{ Key: 'name', Values: ['!prod/'] }], ['dev/orders', 'rds!cluster']],
    ['owning service', [{ Key: 'owning-service', Values: ['rds'] }], ['rds!cluster']],
    ['primary region', [{ Key: 'primary-region', Values: ['eu-'] }], ['prod/billing']],
    ['all, by words', [{ Key: 'all', Values: ['database'] }], ['prod/orders']],
  ])('filters by %s', async (_, Filters, expected) => {
    expect(await list({ Filters })).toEqual(expected);
  });

  it.each<[string, object, string]>([
    ['MaxResults 101', { MaxResults: 101 }, 'ValidationException'],
    ['11 values', { Filters: [{ Key: 'name', Values: Array.from({ length: 11 }, String) }] }, 'ValidationException'],
    ['11 filters', { Filters: Array.from({ length: 11 }, () => ({ Key: 'name', Values: ['x'] })) }, 'ValidationException'],
    ['an unknown key', { Filters: [{ Key: 'colour', Values: ['x'] }] }, 'ValidationException'],
    ['a made-up token', { NextToken: 'made-up' }, 'InvalidNextTokenException'],
  ])('refuses %s', async (_, input, code) => {
    await expect(list(input)).rejects.toMatchObject({ name: code });
  });

  it('sorts', async () => {
    expect(await list({ SortBy: 'name' })).toEqual(['dev/orders', 'prod/billing', 'prod/orders', 'rds!cluster']);
    expect(await list({ SortBy: 'created-date', SortOrder: 'desc' })).toEqual(['rds!cluster', 'dev/orders', 'prod/billing', 'prod/orders']);
    aws.secrets().tag('prod/orders', { touched: 'yes' });
    expect((await list({ SortBy: 'last-changed-date', SortOrder: 'desc' }))[0]).toBe('prod/orders');
    await readString(client, 'dev/orders');
    expect((await list({ SortBy: 'last-accessed-date', SortOrder: 'desc' }))[0]).toBe('dev/orders');
  });

  it('pages with tokens that survive new rows', async () => {
    const first = await page();
    expect(first.SecretList?.map((secret) => secret.Name)).toEqual(['dev/orders', 'prod/billing']);
    aws.secrets().create('aaa', 'x');
    const second = await page(first.NextToken);
    expect(second.SecretList?.map((secret) => secret.Name)).toEqual(['prod/orders', 'rds!cluster']);
    expect(second.NextToken).toBeUndefined();
    aws.secrets().delete('aaa', { force: true });
  });
});

const current = async () => {
  const { SecretList } = await client.send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['dev/'] }] }));
  return Object.keys(SecretList![0]!.SecretVersionsToStages!)[0];
};

describe('stale reads', () => {
  it('show the moment of the call until released, while other operations are fresh', async () => {
    const before = await current();
    const stale = aws.staleReads({ operations: ['ListSecrets'], untilReleased: true });
    const { versionId } = aws.secrets().put('dev/orders', 'newer');
    expect(await current()).toBe(before);
    expect(await readString(client, 'dev/orders')).toBe('newer');
    stale.release();
    expect(await current()).toBe(versionId);
  });

  it('end by themselves after forMs of the emulator clock', async () => {
    aws.staleReads({ operations: ['GetSecretValue'], forMs: 60_000 });
    aws.secrets().put('dev/orders', 'newest');
    expect(await readString(client, 'dev/orders')).toBe('newer');
    aws.clock.advance(60_000);
    expect(await readString(client, 'dev/orders')).toBe('newest');
  });

  it('lag behind by lagMs', async () => {
    using _stale = aws.staleReads({ lagMs: 300_000 });
    const { versionId } = aws.secrets().put('dev/orders', 'last');
    aws.secrets().create('dev/new', 'x');
    aws.clock.advance(299_000);
    expect(await current()).not.toBe(versionId);
    expect(await list({ SortBy: 'name' })).not.toContain('dev/new');
    aws.clock.advance(1000);
    expect(await list({ SortBy: 'name' })).toContain('dev/new');
  });
});
