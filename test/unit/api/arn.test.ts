import { describe, expect, it } from '@jest/globals';
import { isAccessKeyId } from '../../../src/api/access-key-id.ts';
import { accountInArn, isArn, parseArn, partsOfArn, resourceAfter } from '../../../src/api/arn.ts';
import { isRoleArn, roleIn } from '../../../src/api/role-arn.ts';
import { parseSourceArn } from '../../../src/source/references/arn.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:team/db-a1B2c3';
const PARAMETER = 'arn:aws-cn:ssm:cn-north-1:111122223333:parameter/team/db:3';
const ROLE = 'arn:aws:iam::111122223333:role/path/reader';

describe('ARNs', () => {
  it('have six parts, the last of which may contain colons', () => {
    expect(parseArn(SECRET)).toEqual({
      partition: 'aws',
      service: 'secretsmanager',
      region: 'eu-central-1',
      account: '111122223333',
      resource: 'secret:team/db-a1B2c3',
    });
    expect(partsOfArn(PARAMETER)).toEqual(['arn', 'aws-cn', 'ssm', 'cn-north-1', '111122223333', 'parameter/team/db:3']);
    expect(partsOfArn('arn:aws:ssm')).toEqual(['arn', 'aws', 'ssm']);
  });

  it.each([
    '',
    'team/db',
    'arn',
    'arn:aws:ssm:eu-central-1:111122223333',
    'arn:aws:ssm:::',
    'arn::ssm:::parameter/a',
    'xarn:aws:ssm:::parameter/a',
  ])('are no other texts: %s', (text) => expect(parseArn(text)).toBeUndefined());

  it('are told from names by their beginning, also when parts are missing', () => {
    expect([SECRET, 'arn:aws', 'arn', 'team/arn:aws'].map(isArn)).toEqual([true, true, false, false]);
  });

  it('name an account of twelve digits, or none', () => {
    const accounts = [SECRET, ROLE, 'arn:aws:s3:::bucket', 'arn:aws:iam::aws:policy/P', 'name'].map((text) => accountInArn(text));
    expect(accounts).toEqual(['111122223333', '111122223333', undefined, undefined, undefined]);
    expect([accountInArn(ROLE, 'iam'), accountInArn(ROLE, 'sts')]).toEqual(['111122223333', undefined]);
  });

  it('of roles name account, path and role', () => {
    expect(roleIn(ROLE)).toEqual({ account: '111122223333', name: 'path/reader' });
    expect([
      roleIn('arn:aws:iam::111122223333:user/me'),
      roleIn('arn:aws:iam::aws:role/x'),
      roleIn('arn:aws:iam::111122223333:role/'),
    ]).toEqual([undefined, undefined, undefined]);
    expect([isRoleArn(ROLE), isRoleArn(`${ROLE} `)]).toEqual([true, false]);
  });

  it('of secrets and parameters name what is read', () => {
    const place = { account: '111122223333' };
    expect(parseSourceArn(SECRET)).toEqual({ ...place, service: 'SecretsManager', region: 'eu-central-1', rest: 'team/db-a1B2c3' });
    expect(parseSourceArn(PARAMETER)).toEqual({ ...place, service: 'ParameterStore', region: 'cn-north-1', rest: 'team/db:3' });
    expect(
      [ROLE, 'arn:aws:ssm:eu-central-1:111122223333:document/a', 'arn:aws:secretsmanager:::secret:', 'team/db'].map(parseSourceArn),
    ).toEqual(Array.from({ length: 4 }));
  });

  it('give the resource after a prefix', () => {
    const arn = { partition: 'aws', service: 'iam', region: '', account: '', resource: 'role/x' };
    expect([resourceAfter(arn, 'role/'), resourceAfter(arn, 'user/'), resourceAfter(arn, 'role/x')]).toEqual(['x', undefined, undefined]);
  });
});

describe('isAccessKeyId', () => {
  it('takes no secret key', () => {
    const texts = ['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'AKIA', ''];
    expect(texts.map(isAccessKeyId)).toEqual([true, true, false, false, false]);
  });
});
