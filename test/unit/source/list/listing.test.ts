import { describe, expect, it } from '@jest/globals';
import type { VersionSelector } from '../../../../src/aws/port.ts';
import { Listing } from '../../../../src/source/list/listing.ts';
import { listedName } from '../../../../src/source/references/listed-name.ts';
import { identityOf } from '../../aws/sdk-world.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';
const current = { kind: 'stage', stage: 'AWSCURRENT' } as const;
const reference = (secretId: string, version: VersionSelector = current) => ({
  identity: identityOf({ kind: 'operator' }),
  secretId,
  version,
});

function listing(): Listing {
  const made = new Listing();
  made.add({
    arn: `${ARN}db-AbCdEf`,
    name: 'db',
    versions: new Map([
      ['AWSCURRENT', 'v2'],
      ['AWSPREVIOUS', 'v1'],
    ]),
  });
  made.add({ arn: `${ARN}db-abcdef-Xy1234`, name: 'db-abcdef', versions: new Map([['AWSCURRENT', 'v9']]) });
  return made;
}

describe('Listing', () => {
  it.each([
    ['a name', 'db', 'v2'],
    ['an ARN', `${ARN}db-AbCdEf`, 'v2'],
    ['a partial ARN', `${ARN}db`, 'v2'],
    ['a name that ends like an ARN', 'db-abcdef', 'v9'],
    ['the ARN of such a name', `${ARN}db-abcdef-Xy1234`, 'v9'],
    ['the partial ARN of such a name', `${ARN}db-abcdef`, 'v9'],
    ['the ARN of a secret that was deleted and made again', `${ARN}db-ZzZzZz`, undefined],
    ['another account', 'arn:aws:secretsmanager:eu-central-1:444455556666:secret:db', undefined],
    ['another region', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db', undefined],
    ['a parameter', 'arn:aws:ssm:eu-central-1:111122223333:parameter/db', undefined],
    ['a secret that is not listed', 'api', undefined],
  ])('finds the version of %s', (_what, secretId, versionId) => expect(listing().versionOf(reference(secretId))).toBe(versionId));

  it('knows other stages, and nothing of pinned versions', () => {
    expect(listing().versionOf(reference('db', { kind: 'stage', stage: 'AWSPREVIOUS' }))).toBe('v1');
    expect(listing().versionOf(reference('db', { kind: 'stage', stage: 'blue' }))).toBeUndefined();
    expect(listing().versionOf(reference('db', { kind: 'id', id: 'v2' }))).toBeUndefined();
    expect(listing().versionOf(reference('db', { kind: 'tags' }))).toBeUndefined();
  });
});

describe('listedName', () => {
  it.each([
    ['db', 'db'],
    [`${ARN}db-AbCdEf`, 'db'],
    [`${ARN}db`, 'db'],
    ['arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf', undefined],
    ['arn:aws:ssm:eu-central-1:111122223333:parameter/db', undefined],
  ])('%s -> %s', (secretId, name) => expect(listedName(reference(secretId))).toBe(name));
});
